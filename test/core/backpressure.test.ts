import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { toAsyncIterable } from '../../src/index.ts'

const MB = 1024 * 1024

it('the pace of a slow reader reaches the socket: 100 MB grow the process by less than 64 MB', async () => {
  // In another process: what the server holds must not count here.
  const server = fork(resolve(import.meta.dirname, 'flood-server.ts'), { execArgv: [] })
  onTestFinished(() => void server.kill())
  const [port] = (await once(server, 'message')) as [number]
  const before = process.memoryUsage().rss
  let peak = before
  let bytes = 0
  let taken = 0
  for await (const { data } of toAsyncIterable(`http://127.0.0.1:${port}`)) {
    bytes += data.length
    if (++taken % 64 === 0) {
      peak = Math.max(peak, process.memoryUsage().rss)
      await new Promise((resume) => setTimeout(resume, 2))
    }
  }
  expect(bytes).toBeGreaterThanOrEqual(100 * MB)
  expect(peak - before).toBeLessThan(64 * MB)
})
