import { eventStreamSignals, type ResumeStrategy } from 'rx-sse'

const url = process.argv[2] ?? 'https://log.example/runs/7'

/** For a server that gives no IDs, but takes `?from=N`. */
const fromNumber: ResumeStrategy = {
  name: 'fromNumber',
  resume({ events, request: { url } }) {
    url.searchParams.set('from', String(events))
    return { type: 'continue', request: { url } }
  },
}

eventStreamSignals(url, { resume: fromNumber, retry: { delay: 100 } }).subscribe({
  next: (signal) => {
    if (signal.type === 'value') console.log(signal.value.data)
    if (signal.type === 'connecting' && signal.resume) console.log(`[${signal.resume}]`)
  },
  complete: () => console.log('complete'),
  error: (error) => console.log(error.code),
})
