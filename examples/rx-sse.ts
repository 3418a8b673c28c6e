import { fromEventStream, openaiChat } from 'rx-sse'
import { map, scan } from 'rxjs'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

let text = ''
fromEventStream(url, { body: { model: 'm', stream: true }, dialect: openaiChat() })
  .pipe(
    map((chunk) => chunk.choices[0]?.delta.content ?? ''),
    scan((whole, delta) => whole + delta, ''),
  )
  .subscribe({
    next: (whole) => (text = whole),
    complete: () => console.log('complete:', text),
    error: (error) => console.log(`${error.kind} (${error.reason}) after: ${text}`),
  })
