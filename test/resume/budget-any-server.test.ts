import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { continueWith, rawEvents, replay, restart, type ServerSentEvent } from '../../src/index.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { DONE } from './wire-text.ts'

describe('whatever a server does', () => {
  const reply: fc.Arbitrary<Reply> = fc.record(
    {
      status: fc.constantFrom(200, 200, 200, 200, 429, 503, 500, 401),
      headers: fc.constantFrom(
        {},
        {},
        { 'retry-after': '2' },
        { 'retry-after': '100' },
        { 'retry-after-ms': '0' },
      ),
      text: fc
        .array(
          fc.oneof(
            fc.integer({ min: 1, max: 6 }).map((id) => `id: ${id}\ndata: e${id}\n\n`),
            fc.constantFrom(
              'data: x\n\n',
              'id: 3\n\n',
              'id:\n\n',
              ': c\n\n',
              'retry: 0\n\n',
              'retry: 700\n\n',
              'retry: 99999999\n\n',
              'data: cut',
              'data: {"error":{"code":"model_overloaded"}}\n\n',
              DONE,
            ),
          ),
          { maxLength: 5 },
        )
        .map((parts) => parts.join('')),
      end: fc.constantFrom<'fin' | 'clean'>('fin', 'clean'),
    },
    { requiredKeys: ['text'] },
  )
  const strategies = {
    auto: () => 'auto' as const,
    never: () => 'never' as const,
    replay: () => replay<ServerSentEvent>(),
    restart: () => restart(),
    continueWith: () => continueWith<ServerSentEvent>(() => ({ body: 'rest' })),
  }

  it('a stream has one end, no timer after it, and no more failures in a row than it may', () => {
    const arbitrary = fc.record({
      replies: fc.array(reply, { minLength: 1, maxLength: 6 }),
      name: fc.constantFrom(...(Object.keys(strategies) as (keyof typeof strategies)[])),
      polls: fc.boolean(),
      count: fc.integer({ min: 0, max: 3 }),
      random: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(arbitrary, ({ replies, name, polls, count, random }) => {
        const maxDelay = 3_000
        const stream = new VirtualStream(
          (n) => replies[n - 1] ?? { text: '' },
          {
            dialect: { ...rawEvents(), polls },
            resume: strategies[name](),
            retry: { count, delay: 200, maxDelay },
          },
          { random: () => random },
        ).run(60)
        expect(stream.ends).toHaveLength(1)
        expect(stream.clock.pending).toBe(0)
        expect(stream.requests.length).toBeLessThanOrEqual((replies.length + 1) * (count + 1))
        // Nothing but values refills the budget: there are so many groups of failures at most.
        const waiting = stream.signals.filter((signal) => signal.type === 'waiting')
        expect(waiting).toHaveLength(stream.requests.length - 1)
        waiting.forEach(({ delayMs, error }, index) => {
          expect(stream.pauses[index]).toBe(delayMs)
          expect(delayMs).toBeLessThanOrEqual(maxDelay)
          expect(delayMs).toBeGreaterThanOrEqual(error.retryAfterMs ?? 0)
        })
        for (const request of stream.requests) expect(request.left).toBe(true)
      }),
      { numRuns: 1_500 },
    )
  })
})
