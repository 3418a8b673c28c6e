import { eventStreamSignals, openaiChat, shareStream, values } from 'rx-sse'
import { count, filter, map, reduce } from 'rxjs'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

const answer = eventStreamSignals(url, {
  body: { model: 'm', stream: true },
  dialect: openaiChat(),
}).pipe(shareStream())

const text = answer.pipe(
  values(),
  map((chunk) => chunk.choices[0]?.delta.content ?? ''),
  reduce((whole, delta) => whole + delta, ''),
)
const requests = answer.pipe(
  filter((signal) => signal.type === 'connecting'),
  count(),
)

text.subscribe((whole) => console.log('the chat: ', whole))
// A panel that is opened later has missed nothing, and asks for nothing.
setTimeout(() => {
  text.subscribe((whole) => console.log('the panel:', whole))
  requests.subscribe((number) => console.log('requests: ', number))
}, 50)
