import { lastValueFrom, toArray } from 'rxjs'
import { expect, it } from 'vitest'
import { eventStreamSignals, restart } from '../../src/index.ts'
import { isSignal } from '../../src/relay/signal-item.ts'
import { scriptedTransport } from '../fixtures/in-memory.ts'

it('knows every signal that there is, so that none is sent as a value', async () => {
  const bodies = ['data: a\n\nid: 5\n\n', 'data: b\n\ndata: [DONE]\n\n']
  const signals = await lastValueFrom(
    eventStreamSignals('http://relay.example/', {
      transport: scriptedTransport(() => ({
        chunks: [new TextEncoder().encode(bodies.shift())],
        death: 'fin',
      })),
      resume: restart(),
      retry: { delay: 1 },
    }).pipe(toArray()),
  )
  expect([...new Set(signals.map(({ type }) => type))].sort()).toEqual([
    'connecting',
    'cursor',
    'open',
    'reset',
    'value',
    'waiting',
  ])
  for (const signal of signals) expect(isSignal(signal), signal.type).toBe(true)
})

it.each([
  [{ type: 'value', value: 1 }],
  [{ type: 'cursor', lastEventId: '1', more: true }],
  [{ type: 'message', lastEventId: '1' }],
  [{ type: 'toString' }],
  ['cursor'],
  [null],
])('takes %j for a value', (item) => {
  expect(isSignal(item)).toBe(false)
})
