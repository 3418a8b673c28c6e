import { type Dialect, done, failed, fromEventStream, ignored } from 'rx-sse'

const url = process.argv[2] ?? 'https://feed.example/jobs/7'

const jobs: Dialect<{ percent: number }> = {
  name: 'jobs',
  read({ event, data }) {
    if (event === 'heartbeat') return ignored
    if (event === 'finished') return done()
    if (event === 'failed') return failed({ message: data, payload: data })
    return JSON.parse(data)
  },
}

fromEventStream(url, { dialect: jobs }).subscribe({
  next: ({ percent }) => console.log(`${percent} %`),
  complete: () => console.log('finished'),
  error: (error) => console.log(error.kind, error.message),
})
