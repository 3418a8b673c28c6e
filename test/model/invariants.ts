import { Deliveries } from './deliveries.ts'
import type { Entry, ErrorEntry } from './log.ts'
import { isPolled, type Setup } from './setup.ts'
import type { Step } from './steps.ts'

/** By the framing of the response; on a feed also in the middle of an event. */
const ENDED_WELL: readonly (string | undefined)[] = ['clean_end', 'cut_event', 'cut_character']

/**
 * What holds of every log, whatever the model may think: read off the log alone, entry by entry, so that a mistake that
 * the model shares with the session does not pass.
 */
export class Invariants {
  /** The machine has woken up since the last request: the wait may be shorter than was told. */
  hasWoken = false
  /** What the transport does inside the next `send`. */
  prepared: readonly Step[] = []
  readonly #setup: Setup
  readonly #deliveries: Deliveries
  #ended = false
  #attempts = 0
  #requests = 0
  #waitsInARow = 0
  #notBefore = Number.NEGATIVE_INFINITY
  #askedAt = Number.NEGATIVE_INFINITY
  /** Values since the last reset, and the most there ever were. */
  #values = 0
  #furthest = 0
  #isWaiting = false
  #isEnding = false
  #goesOn = true
  #hasMovedCursor = false

  constructor(setup: Setup) {
    this.#setup = setup
    this.#deliveries = new Deliveries(setup.dialect, setup.lastEventId !== '')
  }

  /** The server has sent this in answer to the last request. */
  sent(step: Step): void {
    this.#deliveries.sent(step)
  }

  take(entry: Entry): void {
    if (this.#ended) throw new Error(`${entry.type} after the end`)
    this.#checkOrder(entry)
    this.#checkBudget(entry)
    this.#deliveries.take(entry)
    if (entry.type === 'request') {
      for (const step of this.prepared) this.#deliveries.sent(step)
      this.prepared = []
    }
    if ('error' in entry) this.#checkCounts(entry.error)
    this.#ended = entry.type === 'complete' || entry.type === 'error'
  }

  #checkOrder(entry: Entry): void {
    const { strategy, retry, timeout } = this.#setup
    if (this.#isEnding && entry.type !== 'value' && entry.type !== 'error')
      throw new Error(`${entry.type} after what was held back for another attempt`)
    if (this.#isWaiting && !['value', 'connecting', 'error', 'notified'].includes(entry.type))
      throw new Error(`${entry.type} while waiting`)
    // No other attempt follows: what was held back for it is delivered.
    if (this.#isWaiting && entry.type === 'value') this.#isEnding = true
    if (entry.type === 'connecting') {
      if (entry.attempt !== this.#attempts + 1) throw new Error('an attempt was not counted')
      if (entry.at < this.#askedAt) throw new Error('sooner than the server has asked for')
      if (entry.at < this.#notBefore && !this.hasWoken) throw new Error('the wait was cut short')
      this.#attempts++
      this.#isWaiting = false
      this.hasWoken = false
    } else if (entry.type === 'request') {
      this.#requests++
      if (this.#requests > this.#attempts) throw new Error('a request that was not told of')
      if (strategy.name === 'never' && this.#values > 0) throw new Error('a request after a value')
    } else if (entry.type === 'waiting') {
      this.#isWaiting = true
      this.hasWoken = false
      if (!(entry.delayMs >= 0 && (retry.notifies || entry.delayMs <= retry.maxDelay)))
        throw new Error(`a wait of ${entry.delayMs} ms`)
      this.#notBefore = entry.at + entry.delayMs
      this.#askedAt = entry.at + (entry.error.retryAfterMs ?? 0)
    } else if (entry.type === 'notified' && !retry.notifies) {
      throw new Error('nobody has asked for a notifier')
    } else if (entry.type === 'reset' && !['restart', 'own'].includes(strategy.name)) {
      throw new Error('nobody has asked for a reset')
    } else if (entry.type === 'error' && entry.error.code === 'deadline_exceeded' && timeout.total === 0) {
      throw new Error('there is no timeout.total')
    }
  }

  /** Only what was never reached before refills it, or (with a server that is polled) a cursor that has moved. */
  #checkBudget(entry: Entry): void {
    const { retry, dialect } = this.#setup
    if (entry.type === 'reset') {
      this.#values = 0
    } else if (entry.type === 'connecting') {
      this.#goesOn = entry.step === undefined || entry.step === 'continue'
    } else if (entry.type === 'cursor') {
      this.#hasMovedCursor = true
    } else if (entry.type === 'value') {
      this.#hasMovedCursor = true
      this.#values++
      if (this.#values <= this.#furthest) return
      this.#furthest = this.#values
      this.#waitsInARow = 0
    } else if (entry.type === 'waiting') {
      const isPoll = isPolled(dialect) && ENDED_WELL.includes(entry.error.reason)
      const hasPolled = isPoll && this.#goesOn && this.#hasMovedCursor
      this.#waitsInARow = hasPolled ? 1 : this.#waitsInARow + 1
      this.#hasMovedCursor = false
      if (this.#waitsInARow > retry.count) throw new Error('a wait beyond the budget')
    }
  }

  #checkCounts({ attempt, events }: ErrorEntry): void {
    if (attempt < this.#attempts || attempt > this.#attempts + 1)
      throw new Error('an error of another attempt')
    if (events !== this.#values) throw new Error('an error that has counted other values')
  }
}
