import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { assertScenario, type FaultServerOptions, startFaultServer } from '../../src/testing/index.ts'

/** Garbage that looks like a scenario here and there, so that it comes past the first check. */
const keyed = (keys: readonly string[], value: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> =>
  fc.dictionary(fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...keys) }, fc.string()), value, {
    maxKeys: 4,
  })

const scalar = fc.oneof(
  fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withTypedArray: true,
    withNullPrototype: true,
    withSparseArray: true,
  }),
  fc.constantFrom<unknown[]>(
    'fin',
    'goaway',
    'repeat',
    'in-band-error',
    'stream-reset',
    'comments',
    'h2',
    'request',
    1,
    0,
    -1,
    '',
    'CANCEL',
    Symbol('s'),
    () => {},
    Number.NaN,
    2 ** 60,
    true,
    null,
  ),
)

const { garbage } = fc.letrec<{ garbage: unknown; fault: unknown; answer: unknown; event: unknown }>(
  (tie) => ({
    event: fc.oneof(scalar, keyed(['data', 'event', 'id', 'retry', 'comment'], scalar)),
    fault: fc.oneof(
      scalar,
      keyed(
        [
          'type',
          'after',
          'code',
          'lastStream',
          'goOn',
          'everyMs',
          'error',
          'shape',
          'framing',
          'done',
          'text',
          'count',
        ],
        fc.oneof(scalar, keyed(['events', 'bytes', 'type', 'code', 'message'], scalar)),
      ),
    ),
    answer: fc.oneof(
      scalar,
      keyed(
        [
          'status',
          'headers',
          'body',
          'framing',
          'coding',
          'events',
          'fixture',
          'delayMs',
          'paceMs',
          'writeSize',
          'fault',
        ],
        fc.oneof(
          scalar,
          tie('fault'),
          fc.array(tie('event')),
          keyed(['x-a', 'content-length', 'file'], scalar),
        ),
      ),
    ),
    garbage: fc.oneof(
      scalar,
      keyed(
        ['events', 'fixture', 'ids', 'answers', 'cycle'],
        fc.oneof(scalar, fc.array(tie('answer')), fc.array(tie('event'))),
      ),
    ),
  }),
)

describe('of random garbage', () => {
  const refusal = (call: () => unknown): unknown => {
    try {
      call()
    } catch (error) {
      return error
    }
    return undefined
  }

  it('a scenario is refused by a TypeError that names the place, or is one', () => {
    let refused = 0
    fc.assert(
      fc.property(garbage, (value) => {
        const error = refusal(() => assertScenario(value))
        if (error === undefined) return
        refused++
        expect(error).toBeInstanceOf(TypeError)
        expect((error as Error).constructor).toBe(TypeError)
        expect((error as Error).message).toMatch(/^scenario(?:\.[\w$]+|\[\d+\]|\[".*"\])*: \S/s)
      }),
      { numRuns: 3000 },
    )
    expect(refused).toBeGreaterThan(1000)
  })

  it('an option is refused by a TypeError that names it, before a port is taken', async () => {
    const options = keyed(
      ['protocol', 'tls', 'port', 'cors', 'baseDirectory', 'host'],
      fc.oneof(scalar, keyed(['key', 'cert'], scalar)),
    )
    await fc.assert(
      fc.asyncProperty(options, async (value) => {
        const outcome = await startFaultServer({}, value as FaultServerOptions).then(
          async (server) => {
            await server.close()
            return undefined
          },
          (error: NodeJS.ErrnoException) => error,
        )
        if (outcome === undefined || outcome.code === 'EADDRINUSE' || outcome.code === 'EACCES') return
        expect(outcome).toBeInstanceOf(TypeError)
        expect(outcome.message).toMatch(/^options(?:\.[\w$]+|\[".*"\])*: \S/s)
      }),
      { numRuns: 500 },
    )
  })
})
