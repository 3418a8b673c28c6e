import { aiSdkUi, eventStreamSignals, type ResumeStrategy } from 'rx-sse'

const url = process.argv[2] ?? 'https://app.example/api/chat'

const body = { id: 'chat-7', messages: [{ role: 'user', parts: [{ type: 'text', text: 'Hi' }] }] }

/** The server keeps the answer: a GET sends it again from its start, or 204 if there is none. */
const fromChat: ResumeStrategy = {
  name: 'fromChat',
  keeps: 16 * 1024 * 1024,
  resume({ values, request: { url } }) {
    if (values === undefined) return undefined
    url.pathname += `/${encodeURIComponent(body.id)}/stream`
    return { type: 'replay', request: { method: 'GET', url } }
  },
}

const dialect = aiSdkUi()
eventStreamSignals(url, { body, dialect, resume: fromChat, retry: { delay: 100 } }).subscribe({
  next: (signal) => {
    if (signal.type === 'value') process.stdout.write(dialect.text(signal.value))
    if (signal.type === 'connecting' && signal.resume) process.stdout.write(` [${signal.resume}]`)
  },
  complete: () => console.log('\ncomplete'),
  error: ({ code, reason }) => console.log(`\n${code} ${reason}`),
})
