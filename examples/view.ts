import { type ChatCompletionChunk, eventStreamSignals, openaiChat, viewState } from 'rx-sse'
import { distinctUntilKeyChanged } from 'rxjs'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

const chat = openaiChat()
const view = viewState({
  seed: '',
  reduce: (text, chunk: ChatCompletionChunk) => text + chat.text(chunk),
  emit: 'frame',
})

eventStreamSignals(url, { body: { model: 'm', stream: true }, dialect: chat, retry: { delay: 100 } })
  .pipe(view, distinctUntilKeyChanged('status'))
  .subscribe(({ status, value, error }) => {
    console.log(`${status.padEnd(10)} ${value} ${error?.code ?? ''}`.trim())
  })
