import { defineDialect, fromEventStream } from 'rx-sse'

const url = process.argv[2] ?? 'https://feed.example/jobs/7'

interface Job {
  state: 'running' | 'finished' | 'failed'
  percent?: number
  reason?: string
}

const jobs = defineDialect({
  name: 'jobs',
  parse: (data): Job => JSON.parse(data),
  isLast: (job) => job.state === 'finished',
  errorOf: (job) => job.state === 'failed' && job.reason,
})

fromEventStream(url, { dialect: jobs }).subscribe({
  next: (job) => console.log(JSON.stringify(job)),
  complete: () => console.log('complete'),
  error: (error) => console.log(error.kind, error.message),
})
