import { readFileSync } from 'node:fs'
import { createSecureServer, type Http2SecureServer, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { Agent } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { fromEventStream, toAsyncIterable } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { until } from '../server.ts'

// A key for tests only: self-signed, for localhost, in public.
const pem = (name: string): string => readFileSync(resolve(import.meta.dirname, `../tls/${name}.pem`), 'utf8')
const ca = pem('cert')

async function serveH2(
  handler: (stream: ServerHttp2Stream, headers: Record<string, unknown>) => void,
): Promise<{ url: string; sessions(): number }> {
  const server: Http2SecureServer = createSecureServer({ key: pem('key'), cert: ca })
  const sessions = new Set<{ destroy(): void }>()
  server.on('session', (session) => {
    sessions.add(session)
    session.on('close', () => sessions.delete(session))
  })
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {})
    handler(stream, headers)
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    for (const session of sessions) session.destroy()
    server.close()
  })
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}/v1?x=1`,
    sessions: () => sessions.size,
  }
}

function agent(): Agent {
  const dispatcher = new Agent({ connect: { ca } })
  onTestFinished(() => dispatcher.destroy())
  return dispatcher
}

const open = (stream: ServerHttp2Stream): void =>
  stream.respond({ ':status': 200, 'content-type': 'text/event-stream' })

/** Two values with ids in one write, then an error that may be tried again: a slow reader still has one to take. */
const endWithError = (stream: ServerHttp2Stream): void => {
  open(stream)
  const error = '{"error":{"code":"model_overloaded","type":"x","message":"m"}}'
  stream.end(`id: 1\ndata: a\n\nid: 2\ndata: b\n\ndata: ${error}\n\n`)
}

describe('over TLS and HTTP/2', () => {
  it('a stream is whole only by its marker: END_STREAM without it resumes, non-ASCII id and all', async () => {
    const cursors: unknown[] = []
    const server = await serveH2((stream, headers) => {
      const last = headers['last-event-id']
      cursors.push(last === undefined ? undefined : Buffer.from(String(last), 'latin1').toString('utf8'))
      open(stream)
      stream.end(last === undefined ? 'id: é1\ndata: a\n\n' : 'id: 2\ndata: b\n\ndata: [DONE]\n\n')
    })
    const { values, completed } = await collect(
      fromEventStream(server.url, { dispatcher: agent(), retry: { delay: 1 } }),
    )
    expect(completed).toBe(true)
    expect(values.map(({ data }) => data)).toEqual(['a', 'b'])
    expect(cursors).toEqual([undefined, 'é1'])
  })

  it('a reset stream is a stream_reset, a lost connection a socket_closed or a goaway', async () => {
    const reset = await serveH2((stream) => {
      open(stream)
      stream.write('data: a\n\n', () => setTimeout(() => stream.destroy(new Error('boom')), 20))
    })
    const first = await collect(fromEventStream(reset.url, { dispatcher: agent(), retry: false }))
    expect(first.values).toHaveLength(1)
    expect(first.error).toMatchObject({
      kind: 'stream_terminated',
      reason: 'stream_reset',
      message: expect.stringContaining('INTERNAL_ERROR'),
    })
    const lost = await serveH2((stream) => {
      open(stream)
      stream.write('data: a\n\n', () => setTimeout(() => stream.session?.destroy(), 20))
    })
    const second = await collect(fromEventStream(lost.url, { dispatcher: agent(), retry: false }))
    expect(second.error).toMatchObject({
      kind: 'stream_terminated',
      reason: expect.toBeOneOf(['socket_closed', 'socket_reset', 'goaway', 'stream_reset']),
    })
  })

  it('unsubscribing resets the stream at once, and leaves the connection to others', async () => {
    let closed = 0
    const server = await serveH2((stream) => {
      open(stream)
      stream.on('close', () => closed++)
      stream.write('data: a\n\n')
    })
    const dispatcher = agent()
    const other = fromEventStream(server.url, { dispatcher }).subscribe()
    for await (const _ of toAsyncIterable(server.url, { dispatcher })) break
    await until(() => closed === 1, 'the stream to be closed')
    expect(server.sessions()).toBe(1)
    expect(other.closed).toBe(false)
    other.unsubscribe()
    await until(() => closed === 2, 'the other stream to be closed')
  })

  it('an attempt that was paused before its head, which then brings a coding, goes on when it is resumed', async () => {
    let requests = 0
    const server = await serveH2((stream) => {
      if (++requests === 1) {
        endWithError(stream)
      } else {
        setTimeout(() => {
          stream.respond({ ':status': 200, 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
          stream.end(gzipSync('id: 3\ndata: c\n\ndata: [DONE]\n\n'))
        }, 100)
      }
    })
    const config = { dispatcher: agent(), retry: { delay: 1 } }
    const iterator = toAsyncIterable(server.url, config)[Symbol.asyncIterator]()
    const seen = [(await iterator.next()).value?.data]
    await until(() => requests === 2, 'the second request')
    await new Promise((resolve) => setTimeout(resolve, 200))
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next())
      seen.push(next.value.data)
    expect(seen).toEqual(['a', 'b', 'c'])
    expect(requests).toBe(2)
  })

  it('a slow reader gets the verdict of a late error body, not a guess from its head', async () => {
    let requests = 0
    const server = await serveH2((stream) => {
      if (++requests === 1) {
        endWithError(stream)
      } else {
        stream.respond({ ':status': 503, 'content-type': 'application/json' })
        setTimeout(
          () => stream.end('{"error":{"type":"x","code":"model_unavailable","message":"gone"}}'),
          100,
        )
      }
    })
    const iterator = toAsyncIterable(server.url, { dispatcher: agent(), retry: { delay: 1 } })[
      Symbol.asyncIterator
    ]()
    await iterator.next()
    await until(() => requests === 2, 'the second request')
    await new Promise((resolve) => setTimeout(resolve, 250))
    expect((await iterator.next()).value).toMatchObject({ data: 'b' })
    await expect(iterator.next()).rejects.toMatchObject({
      code: 'model_unavailable',
      retryable: false,
      status: 503,
    })
    expect(requests).toBe(2)
  })

  it('a certificate that nobody signed is a tls_failed, which is not tried again', async () => {
    let requests = 0
    const server = await serveH2(() => requests++)
    const { error } = await collect(fromEventStream(server.url))
    expect(error).toMatchObject({ kind: 'request_failed', code: 'tls_failed', retryable: false, attempt: 1 })
    expect(requests).toBe(0)
  })
})
