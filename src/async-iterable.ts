import type { SseError } from './errors/sse-error.ts'
import type { StreamSource } from './event-stream.ts'
import type { Session } from './session/session.ts'

/**
 * Pulls a stream at the consumer's pace. While values wait to be taken, the socket is not read: what queues up
 * here is at most what one chunk and the bytes already under way held.
 */
export const iterateValues = <T>(source: StreamSource<T>): AsyncIterable<T> => ({
  [Symbol.asyncIterator]: () => new ValueIterator(source),
})

interface Waiter<T> {
  resolve(result: IteratorResult<T, undefined>): void
  reject(error: unknown): void
}

type End = { readonly type: 'complete' } | { readonly type: 'error'; readonly error: SseError }

const DONE: IteratorReturnResult<undefined> = { done: true, value: undefined }

class ValueIterator<T> implements AsyncIterator<T, undefined> {
  readonly #session: Session<T>
  #queue: T[] = []
  /** Where the queue begins: taking from the front of an array would move all the rest. */
  #taken = 0
  #waiters: Waiter<T>[] = []
  #end: End | undefined
  #started = false

  constructor(source: StreamSource<T>) {
    this.#session = source.open({
      value: (value) => this.#onValue(value),
      complete: () => this.#onEnd({ type: 'complete' }),
      error: (error) => this.#onEnd({ type: 'error', error }),
    })
  }

  next(): Promise<IteratorResult<T, undefined>> {
    if (this.#taken < this.#queue.length) {
      const value = this.#queue[this.#taken] as T
      this.#queue[this.#taken++] = undefined as T
      if (this.#taken === this.#queue.length) {
        this.#queue = []
        this.#taken = 0
        if (this.#end === undefined) this.#session.resume()
      }
      return Promise.resolve({ done: false, value })
    }
    const end = this.#end
    if (end !== undefined) {
      // An error is thrown once; after it an iterator is simply done.
      this.#end = { type: 'complete' }
      return end.type === 'error' ? Promise.reject(end.error) : Promise.resolve(DONE)
    }
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject })
      if (!this.#started) {
        this.#started = true
        this.#session.start()
      }
    })
  }

  /** `break`, `return` and a throw inside `for await` end the request at once. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#session.stop()
    this.#queue = []
    this.#taken = 0
    this.#onEnd({ type: 'complete' })
    this.#end = { type: 'complete' }
    return Promise.resolve(DONE)
  }

  #onValue(value: T): void {
    if (this.#end !== undefined) return
    const waiter = this.#waiters.shift()
    if (waiter !== undefined) {
      waiter.resolve({ done: false, value })
      return
    }
    if (this.#queue.length === 0) this.#session.pause()
    this.#queue.push(value)
  }

  #onEnd(end: End): void {
    const waiters = this.#waiters
    this.#waiters = []
    const [first, ...rest] = waiters
    if (first === undefined) {
      this.#end ??= end
      return
    }
    this.#end = { type: 'complete' }
    if (end.type === 'error') first.reject(end.error)
    else first.resolve(DONE)
    for (const waiter of rest) waiter.resolve(DONE)
  }
}
