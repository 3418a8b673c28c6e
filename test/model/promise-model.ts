import type { Outcome } from './log.ts'

/** A promise of the caller's. */
export interface Promised {
  outcome: Outcome | undefined
}

/** What the caller's own code has promised, and what is gone on with once it is there. */
export class PromiseModel {
  readonly #limit: number
  readonly #made: { readonly headers: Promised[]; readonly strategy: Promised[] } = {
    headers: [],
    strategy: [],
  }
  #awaited: { readonly promise: Promised; readonly dueAt: number; readonly go: () => void } | undefined

  /** @param limit - `timeout.first`; 0: off */
  constructor(limit: number) {
    this.#limit = limit
  }

  make(whose: 'headers' | 'strategy', promise: Promised = { outcome: undefined }): Promised {
    this.#made[whose].push(promise)
    return promise
  }

  /** The oldest that is still open. */
  settle(whose: 'headers' | 'strategy', outcome: Outcome): void {
    const promise = this.#made[whose].find((made) => made.outcome === undefined)
    if (promise !== undefined) promise.outcome = outcome
  }

  wait(promise: Promised, now: number, go: () => void): void {
    const dueAt = this.#limit > 0 ? now + this.#limit : Number.POSITIVE_INFINITY
    this.#awaited = { promise, dueAt, go }
  }

  /** When it is too late for what is waited for. */
  get dueAt(): number | undefined {
    return this.#awaited?.dueAt
  }

  forget(): void {
    this.#awaited = undefined
  }

  /** Goes on with what is there by now. */
  flush(onRejected: () => void): void {
    while (this.#awaited?.promise.outcome !== undefined) {
      const { promise, go } = this.#awaited
      this.#awaited = undefined
      if (promise.outcome === 'reject') onRejected()
      else go()
    }
  }
}
