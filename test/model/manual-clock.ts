import { VirtualClock } from '../fixtures/in-memory.ts'

/** Not 0, so that a time is not taken for a span; nor is the wall clock the other one. */
const START = 7_000
const WALL = 1_700_000_000_000

/** Refuses what no platform timer can wait for. */
export class ManualClock extends VirtualClock {
  constructor() {
    super(START, WALL)
  }

  override start(callback: () => void, ms: number): object {
    if (!(ms >= 0 && ms <= 2_147_483_647)) throw new Error(`a timer of ${ms} ms fires at once, or never`)
    return super.start(callback, ms)
  }
}
