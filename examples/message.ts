import { accumulate, anthropicMessages, fromEventStream } from 'rx-sse'

const url = process.argv[2] ?? 'https://api.anthropic.com/v1/messages'

const claude = anthropicMessages()
const body = { model: 'm', max_tokens: 1024, stream: true, messages: [{ role: 'user', content: 'Hi' }] }

fromEventStream(url, { body, dialect: claude })
  .pipe(accumulate(claude))
  .subscribe({
    next: ({ text }) => console.log(JSON.stringify(text)),
    complete: () => console.log('complete'),
    // What was shown stays: as text, and as the provider's own object.
    error: ({ code, partial }) => console.log(code, 'after', JSON.stringify(partial?.snapshot.content)),
  })
