import type { LlmDialect } from '../../src/dialects/dialect.ts'
import type { FuzzInput } from './fuzz-input.ts'
import { EVENT_STREAM, play } from './play.ts'
import { decode } from './targets/decode.ts'
import { runFields } from './targets/fields.ts'
import { wireNamed } from './wires.ts'

export interface Growth {
  readonly input: FuzzInput
  /** By how much more time eight times as long a body takes. */
  readonly factor: number
  readonly isSuperlinear: boolean
}

/** The longer body. A shorter one takes a time that cannot be told from none. */
const LONG = 128 * 1_024
/** The square would be 64. */
const MOST = 24

/** The code alone: what judges it takes its own time. */
function runBare({ target, wire, body, seed }: FuzzInput): void {
  if (target === 'fields' || target === 'relay') {
    runFields({ target, wire, body, seed })
    return
  }
  if (target === 'decode' || target === 'limit') {
    decode(body, [], 1 << 24)
    return
  }
  const dialect = wireNamed(wire)
  const response = { status: 200, headers: EVENT_STREAM, body, offsets: [], death: 'clean' } as const
  const { values } = play(dialect, { retry: dialect.endless === true ? 0 : false }, () => response)
  const { accumulate } = dialect as Partial<LlmDialect>
  let message: Parameters<NonNullable<typeof accumulate>>[0]
  for (const value of values) message = accumulate?.call(dialect, message, value)
}

/** CPU time of this process: what else the machine does is not in it. The best of three, since garbage is collected at any time. */
function cpuMs(input: FuzzInput, run: (input: FuzzInput) => void): number {
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 3; round++) {
    const before = process.cpuUsage()
    try {
      run(input)
    } catch {
      // How long it takes is the question, not what it comes to.
    }
    const { user, system } = process.cpuUsage(before)
    best = Math.min(best, (user + system) / 1_000)
  }
  return best
}

/** A body many times over, and eight times that: does the time grow as the bytes do? */
export function growthOf(input: FuzzInput, run: (input: FuzzInput) => void = runBare): Growth {
  const { body } = input
  if (body.length === 0) return { input, factor: 1, isSuperlinear: false }
  const count = Math.ceil(LONG / 8 / body.length)
  const times = (factor: number): FuzzInput => ({
    ...input,
    body: Buffer.concat(Array<Uint8Array>(count * factor).fill(body)),
  })
  const short = cpuMs(times(1), run)
  const long = cpuMs(times(8), run)
  // Below some milliseconds the clock's own grain is most of it.
  const factor = long / Math.max(short, 4)
  return { input, factor, isSuperlinear: factor > MOST }
}
