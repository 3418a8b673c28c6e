import { eventStreamSignals, type Message, openaiChat, viewState } from 'rx-sse'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

const chat = openaiChat()
const view = viewState({
  seed: undefined as Message | undefined,
  reduce: chat.accumulate,
})

eventStreamSignals(url, { body: { model: 'm', stream: true }, dialect: chat })
  .pipe(view)
  .subscribe(({ status, value, error }) => {
    if (status === 'failed') console.log(error?.code, 'after', value?.text, value?.toolCalls)
    if (status === 'done') console.log(value?.finishReason, value?.text, value?.toolCalls)
  })
