import { expect, it } from 'vitest'
import {
  continueWith,
  eventStreamSignals,
  firstOf,
  fromCursor,
  rawEvents,
  type ServerSentEvent,
  type StreamSignal,
} from '../../src/index.ts'
import { SSE, serve } from '../server.ts'

it('the IDs of a continuation mean nothing to the first request: it is not asked for them', async () => {
  const server = await serve((req, res, n) => {
    res.writeHead(200, SSE)
    const [path] = (req.url ?? '').split('?')
    if (path === '/' && n === 1) res.write('data: a\n\n')
    else if (path === '/rest' && n === 2) res.write('id: 7\ndata: b\n\n')
    else if (path === '/rest') {
      res.end('data: c\n\ndata: [DONE]\n\n')
      return
    } else {
      res.end('id: 8\ndata: of another answer\n\ndata: [DONE]\n\n')
      return
    }
    setTimeout(() => res.socket?.destroy(), 20)
  })
  const signals: StreamSignal<ServerSentEvent>[] = []
  await new Promise<void>((resolve, reject) => {
    eventStreamSignals(server.url, {
      dialect: rawEvents(),
      retry: { delay: 1 },
      resume: firstOf(
        fromCursor(),
        continueWith(({ values }) => ({ url: `/rest?after=${values.length}` })),
      ),
    }).subscribe({ next: (signal) => signals.push(signal), complete: resolve, error: reject })
  })
  const values = signals.filter((signal) => signal.type === 'value')
  expect(values.map(({ value }) => value.data)).toEqual(['a', 'b', 'c'])
  expect(values.map(({ lastEventId }) => lastEventId)).toEqual([undefined, undefined, undefined])
  expect(server.requests.map(({ url }) => url)).toEqual(['/', '/rest?after=1', '/rest?after=2'])
  const waits = signals.filter((signal) => signal.type === 'waiting')
  expect(waits.map(({ error }) => error.resumable)).toEqual([false, false])
})
