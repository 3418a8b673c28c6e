import { eventStreamSignals, openaiResponses } from 'rx-sse'

const url = process.argv[2] ?? 'https://api.openai.com/v1/responses'

const dialect = openaiResponses()

eventStreamSignals(url, {
  body: { model: 'm', input: 'Hi', stream: true, background: true },
  dialect,
  retry: { delay: 100 },
}).subscribe({
  next: (signal) => {
    if (signal.type === 'value') process.stdout.write(dialect.text(signal.value))
    if (signal.type === 'connecting' && signal.resume) process.stdout.write(` [after ${signal.lastEventId}]`)
  },
  complete: () => console.log('\ncomplete'),
  error: (error) => console.log(`\n${error.code}`),
})
