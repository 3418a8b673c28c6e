import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { fromEventStream } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { SSE, serve } from '../server.ts'

it('bytes that a coding still holds are no silence', async () => {
  const body = gzipSync('data: one\n\ndata: [DONE]\n\n')
  const server = await serve((_, res) => {
    res.writeHead(200, { ...SSE, 'content-encoding': 'gzip' })
    let sent = 0
    const timer = setInterval(() => {
      if (sent === body.length) {
        clearInterval(timer)
        res.end()
      } else {
        res.write(body.subarray(sent, ++sent))
      }
    }, 20)
  })
  // The whole takes longer than `idle`, two bytes of it take far less.
  expect(body.length * 20).toBeGreaterThan(600)
  const { values, completed, error } = await collect(
    fromEventStream(server.url, { timeout: { idle: 500 }, retry: false }),
  )
  expect(error).toBeUndefined()
  expect([completed, values]).toEqual([true, [{ data: 'one' }]])
})
