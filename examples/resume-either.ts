import { fromCursor, fromEventStream, type ResumeStrategy, replay } from 'rx-sse'
import { count } from 'rxjs'

const url = process.argv[2] ?? 'https://gateway.example/v1/events'

const cursor = fromCursor()
const again = replay()

/** By IDs where the server gives them; else all over again. */
const either: ResumeStrategy = {
  ...again,
  name: 'either',
  resume: (at) => cursor.resume(at) ?? again.resume(at),
}

fromEventStream(url, { resume: either, retry: { delay: 100 } })
  .pipe(count())
  .subscribe((events) => console.log(`${events} events, each once`))
