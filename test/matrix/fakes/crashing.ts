import type { Run } from '../../../bench/peers/peer.ts'

/** An error that no caller can catch. */
export const run: Run = (_, deliver) => {
  deliver('one')
  setTimeout(() => {
    throw new RangeError('out of reach')
  })
  return new Promise(() => {})
}
