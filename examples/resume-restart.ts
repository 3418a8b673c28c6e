import { eventStreamSignals, openaiChat, restart } from 'rx-sse'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

let text = ''
eventStreamSignals(url, {
  body: { model: 'm', stream: true },
  dialect: openaiChat(),
  retry: { delay: 100 },
  resume: restart(),
}).subscribe({
  next: (signal) => {
    if (signal.type === 'value') text += signal.value.choices[0]?.delta.content ?? ''
    if (signal.type === 'reset') {
      console.log('void:', text)
      text = ''
    }
  },
  complete: () => console.log('complete:', text),
  error: (error) => console.log(`${error.kind} after: ${text}`),
})
