import type { FetchBody, FetchInit, FetchLike, FetchResponse } from '../../src/transport/fetch-like.ts'

type Piece = { readonly done: boolean; readonly value?: Uint8Array | undefined }

/** A body that gives what a test tells it to. Does not look at any signal. */
export class FakeBody implements FetchBody {
  /** How often it was cancelled. */
  cancelled = 0
  reads = 0
  /** The most that were under way at once. */
  readsAtOnce = 0
  readonly #given: (() => Promise<Piece>)[] = []
  readonly #waiting: ((piece: Promise<Piece>) => void)[] = []

  push(...pieces: unknown[]): this {
    for (const piece of pieces) {
      const value = (typeof piece === 'string' ? new TextEncoder().encode(piece) : piece) as Uint8Array
      this.#give(() => Promise.resolve({ done: false, value }))
    }
    return this
  }

  end(): this {
    this.#give(() => Promise.resolve({ done: true }))
    return this
  }

  fail(error: unknown): this {
    this.#give(() => Promise.reject(error))
    return this
  }

  getReader(): ReturnType<FetchBody['getReader']> {
    return {
      read: () => {
        this.reads++
        const piece = this.#given.shift()
        if (piece !== undefined) return piece()
        const waiting = new Promise<Piece>((resolve) => this.#waiting.push(resolve))
        this.readsAtOnce = Math.max(this.readsAtOnce, this.#waiting.length)
        return waiting
      },
      cancel: async () => {
        this.cancelled++
        for (const resolve of this.#waiting.splice(0)) resolve(Promise.resolve({ done: true }))
      },
    }
  }

  #give(piece: () => Promise<Piece>): void {
    const resolve = this.#waiting.shift()
    if (resolve === undefined) this.#given.push(piece)
    else resolve(piece())
  }
}

export const response = (
  body: FetchBody | null | undefined,
  more: Partial<FetchResponse> & { readonly header?: Record<string, string> } = {},
): FetchResponse => {
  const { header = {}, ...rest } = more
  return { status: 200, headers: { get: (name) => header[name] ?? null }, body, ...rest }
}

/** A `fetch` that gives these answers in their order, and what it was called with. */
export function fakeFetch(...answers: ((init: FetchInit) => unknown)[]): {
  readonly fetch: FetchLike
  readonly calls: (FetchInit & { readonly url: string })[]
} {
  const calls: (FetchInit & { readonly url: string })[] = []
  return {
    calls,
    fetch: (url, init) => {
      calls.push({ url, ...init })
      const answer = answers[calls.length - 1]
      if (answer === undefined) throw new Error('one request too many')
      return answer(init) as Promise<FetchResponse>
    },
  }
}

/** Turns of the event loop: whatever was to come of promises has come. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
}
