import type { Run } from '../../../bench/peers/peer.ts'

/** Complete, and then a rejection that nobody handles. */
export const run: Run = async (_, deliver) => {
  deliver('one two three')
  setTimeout(() => void Promise.reject(new TypeError('afterwards')), 5)
}
