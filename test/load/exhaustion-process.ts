import { fromEventStream, isSseError, type SseError } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { startTwoWaysServer } from './two-ways-server.ts'

/**
 * A program on a machine that has not enough of something: opens more streams than it can have, closes them, and wants
 * some again. Prints what came of it. Argument: the origin of a two-ways server; without it, it starts one itself.
 */

/** More than there can be. */
const WANTED = 100
const AGAIN = 40

interface Told {
  readonly kind: string
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
  readonly retryable: boolean
  readonly cause: string | undefined
}

export interface ExhaustionReport {
  /** Streams that stood at the same time. */
  readonly standing: number
  readonly errors: readonly Told[]
  /** Of those that were begun while nothing was left, and waited. */
  readonly cameThrough: number
  /** Of those that were begun when all was over. */
  readonly whole: number
  readonly again: number
}

const tell = (error: SseError): Told => ({
  kind: error.kind,
  code: error.code,
  message: error.message,
  hint: error.hint,
  retryable: error.retryable,
  cause: (error.cause as { code?: string } | undefined)?.code,
})

// Its port is not among the few that there are for connections.
const origin = process.argv[2] ?? (await startTwoWaysServer(20_001)).url

const errors: Told[] = []
let standing = 0
const held = await Promise.all(
  Array.from(
    { length: WANTED },
    () =>
      new Promise<{ unsubscribe(): void }>((resolve) => {
        let isStanding = false
        const subscription = fromEventStream(`${origin}/stalls`, { retry: false }).subscribe({
          next() {
            if (isStanding) return
            isStanding = true
            standing++
            resolve({ unsubscribe: () => subscription.unsubscribe() })
          },
          error(error: unknown) {
            if (!isSseError(error)) throw error
            errors.push(tell(error))
            resolve({ unsubscribe() {} })
          },
        })
      }),
  ),
)

/** Streams that wait for their turn. */
const many = async (retry: { count: number; delay: number; maxDelay: number }): Promise<number> => {
  const all = await Promise.all(
    Array.from({ length: AGAIN }, () => collect(fromEventStream(`${origin}/ends`, { retry }))),
  )
  for (const { error } of all) if (error !== undefined) errors.push(tell(error))
  return all.filter(({ completed }) => completed).length
}

const waiting = many({ count: 200, delay: 100, maxDelay: 500 })
setTimeout(() => {
  for (const stream of held) stream.unsubscribe()
}, 500)
const cameThrough = await waiting
const whole = await many({ count: 20, delay: 100, maxDelay: 500 })

const report: ExhaustionReport = { standing, errors, cameThrough, whole, again: AGAIN }
process.stdout.write(JSON.stringify(report), () => process.exit())
