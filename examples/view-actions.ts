import { eventStreamSignals, openaiChat, viewStore } from 'rx-sse'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

const chat = openaiChat()
const answer = viewStore(eventStreamSignals(url, { body: { model: 'm', stream: true }, dialect: chat }), {
  seed: '',
  reduce: (text, chunk) => text + chat.text(chunk),
})

let stops = 0
answer.subscribe(({ status, value, canContinue, resumed }) => {
  if (status === 'streaming' && value === 'A stream' && stops++ === 0) answer.stop()
  if (status === 'cancelled') {
    console.log('stopped: ', value, canContinue ? '(can be continued)' : '')
    setTimeout(answer.continue, 50)
  }
  if (status === 'done') console.log('whole:   ', value, `(resumed ${resumed} time)`)
})
