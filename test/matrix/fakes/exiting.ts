import type { Run } from '../../../bench/peers/peer.ts'

export const run: Run = () => process.exit(3)
