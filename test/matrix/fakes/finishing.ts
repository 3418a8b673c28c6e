import type { Run } from '../../../bench/peers/peer.ts'

export const run: Run = async (url, deliver) => {
  await (await fetch(url)).text()
  deliver('one two')
  deliver(' three')
}
