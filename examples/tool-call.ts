import { accumulate, fromEventStream, openaiChat } from 'rx-sse'
import { last } from 'rxjs'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

const chat = openaiChat()

fromEventStream(url, { body: { model: 'm', stream: true }, dialect: chat })
  .pipe(accumulate(chat), last())
  .subscribe({
    next: ({ toolCalls }) => {
      for (const call of toolCalls) if (call.complete) console.log('run', call.name, call.input)
    },
    error: ({ code, partial }) => {
      for (const call of partial?.toolCalls ?? []) console.log(code, call.complete, call.name, call.arguments)
    },
  })
