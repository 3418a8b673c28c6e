import type { RecordedRequest } from './scenario.ts'

/** What can become of a request. */
type Milestone = 'received' | 'abandoned'

interface Entry {
  readonly request: RecordedRequest
  readonly reached: Set<Milestone>
}

interface Waiter {
  readonly number: number
  readonly milestone: Milestone
  readonly resolve: (request: RecordedRequest) => void
  readonly reject: (error: Error) => void
}

/** The requests of a server in the order in which they came, and who waits for one. */
export class Journal {
  readonly requests: RecordedRequest[] = []
  readonly #entries: Entry[] = []
  #waiters: Waiter[] = []
  #ended: string | undefined

  /** Adds a request. Returns what tells its milestones. */
  add(request: RecordedRequest): (milestone: Milestone) => void {
    const entry: Entry = { request, reached: new Set() }
    this.requests.push(request)
    this.#entries.push(entry)
    const number = this.#entries.length
    return (milestone) => {
      entry.reached.add(milestone)
      const isFor = (waiter: Waiter): boolean => waiter.number === number && waiter.milestone === milestone
      const due = this.#waiters.filter(isFor)
      this.#waiters = this.#waiters.filter((waiter) => !isFor(waiter))
      for (const { resolve } of due) resolve(request)
    }
  }

  when(number: number, milestone: Milestone): Promise<RecordedRequest> {
    if (!Number.isSafeInteger(number) || number < 1) {
      return Promise.reject(
        new TypeError(`${milestone}: ${number} is no number of a request; the first is 1`),
      )
    }
    const entry = this.#entries[number - 1]
    if (entry?.reached.has(milestone) === true) return Promise.resolve(entry.request)
    if (this.#ended !== undefined) return Promise.reject(notReached(number, milestone, this.#ended))
    const promise = new Promise<RecordedRequest>((resolve, reject) => {
      this.#waiters.push({ number, milestone, resolve, reject })
    })
    // Of a test that has failed nobody may be waiting any more: its own failure is the one to report.
    promise.catch(() => {})
    return promise
  }

  /** From now on nothing comes any more. */
  end(why: string): void {
    this.#ended = why
    const waiters = this.#waiters
    this.#waiters = []
    for (const { number, milestone, reject } of waiters) reject(notReached(number, milestone, why))
  }
}

const notReached = (number: number, milestone: Milestone, why: string): Error =>
  new Error(`${why} before request ${number} was ${milestone}`)
