import type { Run } from '../../../bench/peers/peer.ts'

export const run: Run = async (_, deliver) => {
  deliver('one')
  throw Object.assign(new SyntaxError('cut'), { code: 'E_CUT' })
}
