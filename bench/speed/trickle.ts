import { type ServedStream, stamp } from './served-stream.ts'

/** The server's timer. An event is late by at most so much, and not early. */
const TICK_MS = 1

/** Streams of one contender that trickle together: in turn, evenly over the interval, one write for each event. */
export class Trickle {
  readonly #streams: ServedStream[] = []
  readonly #expected: number
  readonly #events: number
  readonly #perMs: number
  readonly #stamped: boolean

  constructor(expected: number, events: number, intervalMs: number, stamped: boolean) {
    this.#expected = expected
    this.#events = events
    this.#perMs = expected / intervalMs
    this.#stamped = stamped
  }

  /** @returns whether it is complete, and has begun */
  add(stream: ServedStream): boolean {
    this.#streams.push(stream)
    stream.write(this.#stamped ? stamp() : undefined)
    if (this.#streams.length < this.#expected) return false
    // What it takes to open the streams is over by then, on the other side too.
    setTimeout(() => this.#begin(), 300)
    return true
  }

  #begin(): void {
    const total = this.#expected * (this.#events - 1)
    let written = 0
    let last = performance.now()
    let due = 0
    const timer = setInterval(() => {
      const now = performance.now()
      // A server that cannot keep up gets slower, and does not send in lumps.
      due = Math.min(due + (now - last) * this.#perMs, this.#expected)
      last = now
      while (due >= 1 && written < total) {
        const stream = this.#streams[written % this.#expected] as ServedStream
        stream.write(this.#stamped ? stamp() : undefined)
        written++
        due--
      }
      if (written >= total || this.#streams.every(({ isOver }) => isOver)) clearInterval(timer)
    }, TICK_MS)
  }
}
