import {
  type MonoTypeOperatorFunction,
  type Observer,
  Subject,
  type SubjectLike,
  share,
  type Unsubscribable,
} from 'rxjs'
import { refuseUnknown, show } from './errors/options.ts'

export interface ShareOptions {
  /**
   * What a late subscriber gets first: `'all'` that was said so far; or the last so many values, of signals the last
   * signals; 0 for none. Default: `'all'`.
   */
  late?: 'all' | number | undefined
  /** With `late: 'all'`: most values that are kept. Once there were more, a late subscriber gets a `RangeError` and no half answer. Default: 100,000. */
  maxKept?: number | undefined
}

/**
 * Several subscribers, one request: for a stream that more than one part of an application shows. Late ones get what was
 * said so far; the last one out ends the request.
 *
 * A stream that has completed is kept, so that nobody pays for the same answer again; after an error, or once all have
 * gone, the next subscriber makes a new request. Works on values and on signals.
 *
 * @throws TypeError at the call, for a wrong option
 */
export function shareStream<T>(options: ShareOptions = {}): MonoTypeOperatorFunction<T> {
  refuseUnknown(options, { late: true, maxKept: true }, 'shareStream')
  const { late = 'all', maxKept = 100_000 } = options
  if (late !== 'all' && !(Number.isInteger(late) && late >= 0)) {
    throw new TypeError(`shareStream: late must be "all" or a number of values, not ${show(late)}.`)
  }
  if (!(Number.isInteger(maxKept) && maxKept > 0)) {
    throw new TypeError(`shareStream: maxKept must be a whole number from 1 up, not ${show(maxKept)}.`)
  }
  return share<T>({
    connector: () => new Backlog<T>(late, maxKept),
    resetOnComplete: false,
    resetOnError: true,
    resetOnRefCountZero: true,
  })
}

/** A subject that tells those who come late what was said before. */
class Backlog<T> implements SubjectLike<T> {
  readonly #late: 'all' | number
  readonly #maxKept: number
  readonly #live = new Subject<T>()
  #kept: T[] = []
  #overflowed = false
  #catchingUp = 0

  constructor(late: 'all' | number, maxKept: number) {
    this.#late = late
    this.#maxKept = maxKept
  }

  next(value: T): void {
    this.#keep(value)
    this.#live.next(value)
  }

  error(error: unknown): void {
    this.#live.error(error)
  }

  complete(): void {
    this.#live.complete()
  }

  subscribe(observer: Partial<Observer<T>>): Unsubscribable {
    if (this.#overflowed) {
      observer.error?.(
        new RangeError(
          `shareStream: more than ${this.#maxKept} values were said before this subscriber came; raise maxKept, or set late to a number.`,
        ),
      )
      return { unsubscribe() {} }
    }
    // By index: what is said while this one is catching up is appended, and nothing is dropped until it is through.
    const kept = this.#kept
    this.#catchingUp++
    const from = this.#late === 'all' ? 0 : Math.max(0, kept.length - this.#late)
    for (let i = from; i < kept.length; i++) observer.next?.(kept[i] as T)
    this.#catchingUp--
    this.#trim()
    return this.#live.subscribe(observer)
  }

  #keep(value: T): void {
    if (this.#late === 0 || (this.#overflowed && this.#catchingUp === 0)) return
    this.#kept.push(value)
    if (this.#late === 'all' && this.#kept.length > this.#maxKept) this.#overflowed = true
    this.#trim()
  }

  #trim(): void {
    if (this.#catchingUp > 0) return
    if (this.#overflowed) this.#kept = []
    else if (this.#late !== 'all' && this.#kept.length >= 2 * this.#late)
      this.#kept = this.#kept.slice(-this.#late)
  }
}
