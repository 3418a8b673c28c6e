import type { Clock } from './clock.ts'
import { type AttemptTimes, type DeadlineName, nextDeadline, type Timeouts } from './deadlines.ts'

export interface DeadlineHandler {
  /** It has passed, and nothing was waiting to be read. */
  onDeadline(name: DeadlineName): void
}

/**
 * Watches over one attempt with a single timer, for the nearest deadline when it was set. A byte, or a deadline that is put
 * off, only moves a number; a timer that fires too early is set again.
 */
export class DeadlineTimer {
  readonly #timeouts: Timeouts
  readonly #clock: Clock
  readonly #handler: DeadlineHandler
  readonly #times: AttemptTimes
  #timer: unknown
  /** When the timer fires, or a little earlier. */
  #timerAt = 0
  #pausedAt: number | undefined

  constructor(timeouts: Timeouts, clock: Clock, handler: DeadlineHandler) {
    this.#timeouts = timeouts
    this.#clock = clock
    this.#handler = handler
    const now = this.#now()
    this.#times = {
      startedAt: now,
      connectingAt: now,
      connected: false,
      headAt: undefined,
      lastByteAt: now,
      lastContentAt: undefined,
    }
  }

  /** In whole milliseconds, and never too early: a number with a fraction would be an object for each time that is kept. */
  #now(): number {
    return Math.ceil(this.#clock.now())
  }

  start(): void {
    const next = this.#pausedAt === undefined ? nextDeadline(this.#times, this.#timeouts) : undefined
    // A deadline is put off more often than it is brought forward.
    if (next !== undefined && this.#timer !== undefined && this.#timerAt <= next.at) return
    this.stop()
    if (next === undefined) return
    this.#timerAt = next.at
    const ms = Math.max(1, Math.ceil(next.at - this.#clock.now()))
    this.#timer = this.#clock.start(this.#onMaybeDue.bind(this), ms)
  }

  stop(): void {
    if (this.#timer !== undefined) this.#clock.stop(this.#timer)
    this.#timer = undefined
  }

  connecting(): void {
    this.#times.connected = false
    this.#times.connectingAt = this.#now()
    this.start()
  }

  connected(): void {
    this.#times.connected = true
  }

  head(): void {
    this.#times.connected = true
    this.#times.headAt = this.#now()
    this.#times.lastByteAt = this.#times.headAt
    this.start()
  }

  byte(): void {
    this.#times.lastByteAt = this.#now()
  }

  /** Content arrived with the last byte. */
  content(): void {
    const first = this.#times.lastContentAt === undefined
    this.#times.lastContentAt = this.#times.lastByteAt
    if (first) this.start()
  }

  /** The consumer's pause is not the server's silence. */
  pause(): void {
    this.#pausedAt = this.#now()
    this.stop()
  }

  resume(): void {
    if (this.#pausedAt === undefined) return
    const now = this.#now()
    const pausedAt = this.#pausedAt
    // What happened during the pause is only as much too old as the rest of it lasted.
    const shifted = (time: number): number => time + now - Math.max(pausedAt, time)
    this.#pausedAt = undefined
    const times = this.#times
    times.startedAt = shifted(times.startedAt)
    times.connectingAt = shifted(times.connectingAt)
    times.lastByteAt = shifted(times.lastByteAt)
    if (times.headAt !== undefined) times.headAt = shifted(times.headAt)
    if (times.lastContentAt !== undefined) times.lastContentAt = shifted(times.lastContentAt)
    this.start()
  }

  /** Bound, and no arrow function: that and its context would be twice as much for each open stream. */
  #onMaybeDue(): void {
    this.#onTimer(false)
  }

  /** @param certain - a turn of the event loop has passed since the deadline did */
  #onTimer(certain: boolean): void {
    this.#timer = undefined
    const due = nextDeadline(this.#times, this.#timeouts)
    if (due === undefined || due.at > this.#clock.now() + 1) {
      this.start()
    } else if (certain) {
      this.#handler.onDeadline(due.name)
    } else {
      // Whoever kept the event loop busy kept it from reading, too: bytes may be waiting. Timers run before sockets are read.
      this.#timerAt = due.at
      this.#timer = this.#clock.start(() => this.#onTimer(true), 1)
    }
  }
}
