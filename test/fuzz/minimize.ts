import type { FuzzInput } from './fuzz-input.ts'

/** How many smaller inputs are tried at most. */
const TRIES = 3_000

/**
 * The smallest input that is found to do the same: fewer lines, then fewer bytes, then plainer ones.
 *
 * @param does - does it do what the first one did?
 */
export function minimize(input: FuzzInput, does: (input: FuzzInput) => boolean): FuzzInput {
  let best = input
  let tries = 0
  const attempt = (candidate: FuzzInput): boolean => {
    if (tries++ >= TRIES || !does(candidate)) return false
    best = candidate
    return true
  }
  for (let seed = 0; seed < 16 && seed !== best.seed; seed++) if (attempt({ ...input, seed })) break
  for (let size = Math.ceil(input.body.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < best.body.length; ) {
      const { body } = best
      const smaller = Buffer.concat([body.subarray(0, at), body.subarray(at + size)])
      if (!attempt({ ...best, body: smaller })) at += size
    }
  }
  for (let at = 0; at < best.body.length; at++) {
    const byte = best.body[at] as number
    if (byte === 0x0a || byte === 0x61) continue
    const plainer = Buffer.from(best.body)
    plainer[at] = 0x61
    attempt({ ...best, body: plainer })
  }
  return best
}
