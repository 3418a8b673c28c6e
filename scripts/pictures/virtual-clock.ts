import type { Clock } from '../../src/session/clock.ts'

interface Timer {
  readonly at: number
  readonly ordinal: number
  readonly callback: () => void
  stopped: boolean
}

const isBefore = (a: Timer, b: Timer): boolean => a.at < b.at || (a.at === b.at && a.ordinal < b.ordinal)

/** Time that goes on only from timer to timer: a minute of a thousand clients takes as long as their code does. */
export class VirtualClock implements Clock {
  /** A binary heap, the next timer first. */
  readonly #timers: Timer[] = []
  #now: number
  #started = 0

  constructor(now: number) {
    this.#now = now
  }

  now(): number {
    return this.#now
  }

  /** As if time began on 1 January 2026. */
  wall(): number {
    return 1_767_225_600_000 + this.#now
  }

  start(callback: () => void, ms: number): Timer {
    const timer = { at: this.#now + Math.max(0, ms), ordinal: this.#started++, callback, stopped: false }
    const heap = this.#timers
    let at = heap.push(timer) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(timer, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = timer
    return timer
  }

  stop(timer: unknown): void {
    ;(timer as Timer).stopped = true
  }

  /** Runs until nothing is due any more, or something tells to stop. */
  runUntil(isOver: () => boolean): void {
    for (let timer = this.#next(); timer !== undefined; timer = this.#next()) {
      if (timer.stopped) continue
      this.#now = timer.at
      timer.callback()
      if (isOver()) return
    }
  }

  #next(): Timer | undefined {
    const heap = this.#timers
    const first = heap[0]
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}

/** Numbers from 0 up to 1, the same for the same seed: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
