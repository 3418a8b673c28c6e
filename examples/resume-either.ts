import { firstOf, fromCursor, fromEventStream, replay } from 'rx-sse'
import { count } from 'rxjs'

const url = process.argv[2] ?? 'https://gateway.example/v1/events'

fromEventStream(url, {
  // By IDs where the server gives them; else all over again.
  resume: firstOf(fromCursor(), replay()),
  retry: { delay: 100 },
})
  .pipe(count())
  .subscribe((events) => console.log(`${events} events, each once`))
