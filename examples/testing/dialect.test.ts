import { test } from 'node:test'
import { defineDialect } from 'rx-sse'
import { type DialectFixture, dialectChecks } from 'rx-sse/testing'

interface Job {
  state: 'running' | 'finished' | 'failed'
  percent?: number
  reason?: string
}

const jobs = () =>
  defineDialect({
    name: 'jobs',
    parse(data): Job {
      const job = JSON.parse(data)
      if (typeof job?.state !== 'string') throw new Error('no state')
      return job
    },
    isLast: (job) => job.state === 'finished',
    errorOf: (job) => job.state === 'failed' && (job.reason ?? 'no reason'),
  })

const fixtures: DialectFixture[] = [
  {
    name: 'whole',
    body: ': hello\n\ndata: {"state":"running","percent":50}\n\ndata: {"state":"finished"}\n\n',
    values: [{ state: 'running', percent: 50 }, { state: 'finished' }],
    outcome: 'complete',
  },
  {
    name: 'failed',
    body: 'data: {"state":"running","percent":50}\n\ndata: {"state":"failed","reason":"disk full"}\n\n',
    values: [{ state: 'running', percent: 50 }],
    outcome: { kind: 'stream_error', message: 'disk full' },
  },
]

for (const { name, run } of dialectChecks(jobs, fixtures)) test(name, run)
