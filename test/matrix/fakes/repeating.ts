import type { Run } from '../../../bench/peers/peer.ts'

/** Delivers its beginning again, and would never end. */
export const run: Run = (_, deliver) => {
  deliver('one two')
  deliver('one two')
  return new Promise(() => {})
}
