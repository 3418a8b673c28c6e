import type { RecordedRequest } from './scenario.ts'

/** What can become of a request. */
type Milestone = 'received' | 'abandoned'

interface Entry {
  readonly request: RecordedRequest
  readonly reached: Set<Milestone>
  /** Why the rest will never be reached. */
  over?: string
}

/** Tells what has become of a request. */
export interface Progress {
  reached(milestone: Milestone): void
  /** Nothing more will become of it. */
  over(why: string): void
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

  add(request: RecordedRequest): Progress {
    const entry: Entry = { request, reached: new Set() }
    this.requests.push(request)
    this.#entries.push(entry)
    const number = this.#entries.length
    return {
      reached: (milestone) => {
        entry.reached.add(milestone)
        const due = this.#take((waiter) => waiter.number === number && waiter.milestone === milestone)
        for (const { resolve } of due) resolve(request)
      },
      over: (why) => {
        entry.over = why
        this.#giveUp((waiter) => waiter.number === number, why)
      },
    }
  }

  when(number: number, milestone: Milestone): Promise<RecordedRequest> {
    const promise = this.#promise(number, milestone)
    // Of a test that has failed nobody may be waiting any more: its own failure is the one to report.
    promise.catch(() => {})
    return promise
  }

  async #promise(number: number, milestone: Milestone): Promise<RecordedRequest> {
    if (!Number.isSafeInteger(number) || number < 1) {
      throw new TypeError(`${milestone}: ${number} is no number of a request; the first is 1`)
    }
    const entry = this.#entries[number - 1]
    if (entry?.reached.has(milestone) === true) return entry.request
    const why = entry?.over ?? this.#ended
    if (why !== undefined) throw notReached(number, milestone, why)
    return new Promise((resolve, reject) => {
      this.#waiters.push({ number, milestone, resolve, reject })
    })
  }

  /** From now on nothing comes any more. */
  end(why: string): void {
    this.#ended = why
    this.#giveUp(() => true, why)
  }

  #giveUp(which: (waiter: Waiter) => boolean, why: string): void {
    for (const { number, milestone, reject } of this.#take(which)) reject(notReached(number, milestone, why))
  }

  #take(which: (waiter: Waiter) => boolean): Waiter[] {
    const taken = this.#waiters.filter(which)
    this.#waiters = this.#waiters.filter((waiter) => !which(waiter))
    return taken
  }
}

const notReached = (number: number, milestone: Milestone, why: string): Error =>
  new Error(`${why} before request ${number} was ${milestone}`)
