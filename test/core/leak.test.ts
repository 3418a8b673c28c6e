import type { ServerResponse } from 'node:http'
import { Agent } from 'undici'
import { expect, it } from 'vitest'
import { fromEventStream, toAsyncIterable } from '../../src/index.ts'
import { SSE, serve, until } from '../server.ts'

const WHOLE = 'data: one\n\ndata: [DONE]\n\n'

/** Every way to end, by path. */
const ways: Record<string, (res: ServerResponse) => void> = {
  whole: (res) => void res.writeHead(200, SSE).end(WHOLE),
  clean: (res) => void res.writeHead(200, SSE).end('data: one\n\n'),
  fin: (res) => void res.writeHead(200, SSE).write('data: one\n\n', () => res.socket?.destroySoon()),
  rst: (res) => void res.writeHead(200, SSE).write('data: one\n\n', () => res.socket?.resetAndDestroy()),
  error: (res) => void res.writeHead(200, SSE).end('data: {"error":{"message":"m","type":"t"}}\n\n'),
  status: (res) =>
    void res.writeHead(500).end('{"error":{"type":"t","code":"internal_error","message":"m"}}'),
  limited: (res) => void res.writeHead(429, { 'retry-after-ms': '1' }).end(),
  html: (res) => void res.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>'),
  silent: () => {},
  stalled: (res) => void res.writeHead(200, SSE).write('data: one\n\n'),
  redirected: (res) => void res.writeHead(307, { location: '/whole' }).end(),
  unsubscribed: (res) => void res.writeHead(200, SSE).write('data: one\n\ndata: two\n\n'),
}

const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

it('1,000 streams, ended in every way, leave no socket, timer or listener, and no rejection', async () => {
  const rejections: unknown[] = []
  const onRejection = (reason: unknown): void => void rejections.push(reason)
  process.on('unhandledRejection', onRejection)
  const server = await serve((req, res) => ways[(req.url ?? '').slice(1)]?.(res))
  const agent = new Agent({ keepAliveTimeout: 10, keepAliveMaxTimeout: 10 })
  const names = Object.keys(ways)
  let listeners = 0
  const signal = countedSignal((change) => (listeners += change))
  const timersBefore = timers()

  const one = (n: number): Promise<string> => {
    const way = names[n % names.length] as string
    const config = {
      dispatcher: agent,
      signal,
      retry: { count: 1, delay: 1 },
      timeout: { first: 150, idle: 150, total: 2_000 },
    }
    const url = `${server.url}/${way}`
    return new Promise((resolve) => {
      const subscription = fromEventStream(url, config).subscribe({
        next: () => {
          if (way !== 'unsubscribed') return
          subscription.unsubscribe()
          resolve('unsubscribed')
        },
        complete: () => resolve('complete'),
        error: (error: { kind: string }) => resolve(error.kind),
      })
    })
  }

  const outcomes = new Map<string, number>()
  for (let start = 0; start < 1_000; start += 125) {
    const batch = Array.from({ length: 125 }, (_, i) => one(start + i))
    for (const outcome of await Promise.all(batch)) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  }
  for await (const _ of toAsyncIterable(`${server.url}/unsubscribed`, { dispatcher: agent, signal })) break

  expect([...outcomes.values()].reduce((a, b) => a + b)).toBe(1_000)
  expect([...outcomes.keys()].sort()).toEqual([
    'complete',
    'request_failed',
    'stream_error',
    'stream_terminated',
    'unsubscribed',
  ])
  expect(listeners).toBe(0)
  await until(() => server.sockets.size === 0, 'all sockets to be closed')
  await until(() => timers() <= timersBefore, 'all timers to be gone')
  expect(rejections).toEqual([])
  process.off('unhandledRejection', onRejection)
  await agent.close()
})

/** An AbortSignal that counts its listeners. */
function countedSignal(onChange: (change: number) => void): AbortSignal {
  const { signal } = new AbortController()
  const { addEventListener, removeEventListener } = signal
  return Object.assign(signal, {
    addEventListener(type: string, listener: () => void, options?: { once?: boolean }) {
      onChange(1)
      addEventListener.call(signal, type, listener, options)
    },
    removeEventListener(type: string, listener: () => void) {
      onChange(-1)
      removeEventListener.call(signal, type, listener)
    },
  })
}
