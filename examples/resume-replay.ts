import { type ChatCompletionChunk, eventStreamSignals, openaiChat, replay } from 'rx-sse'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

const textOf = (chunk: ChatCompletionChunk) => chunk.choices[0]?.delta.content ?? ''

eventStreamSignals(url, {
  body: { model: 'm', stream: true, temperature: 0, seed: 7 },
  dialect: openaiChat(),
  retry: { delay: 100 },
  resume: replay(),
}).subscribe({
  next: (signal) => {
    if (signal.type === 'value') process.stdout.write(textOf(signal.value))
    if (signal.type === 'connecting' && signal.resume) process.stdout.write(` [${signal.resume}]`)
  },
  complete: () => console.log('\ncomplete'),
  error: ({ code, mismatch }) => {
    console.log(`\n${code}`)
    if (mismatch) console.log(`"${textOf(mismatch.delivered)}" was "${textOf(mismatch.received)}" this time`)
  },
})
