import type { Answered } from './caller.ts'
import type { Notice } from './log.ts'
import { type ModelFailure, WAKE_SPREAD_MS } from './rules.ts'

/** One wait between two attempts. */
export class WaitModel {
  readonly failure: ModelFailure
  /** Of the strategy. */
  readonly answered: Answered | undefined
  /** Not sooner: the server's word. */
  readonly #floorAt: number
  /** Infinity: until the notifier has spoken. */
  dueAt: number
  hasSpoken: boolean

  constructor(
    failure: ModelFailure,
    answered: Answered | undefined,
    at: { readonly floorAt: number; readonly dueAt: number | undefined },
  ) {
    this.failure = failure
    this.answered = answered
    this.#floorAt = at.floorAt
    this.dueAt = at.dueAt ?? Number.POSITIVE_INFINITY
    this.hasSpoken = at.dueAt !== undefined
  }

  /** There is reason to believe that it would work now. A notifier knows better. */
  wake(now: number, random: number): void {
    const soon = now + (Math.max(0, this.#floorAt - now) + random * WAKE_SPREAD_MS)
    if (this.dueAt !== Number.POSITIVE_INFINITY) this.dueAt = Math.min(this.dueAt, soon)
  }

  /** What counts is what a notifier says first. Returns whether there shall be no other attempt. */
  hear(notice: Notice, now: number): boolean {
    if (this.hasSpoken) return false
    this.hasSpoken = true
    if (notice === 'next') this.dueAt = Math.max(now, this.#floorAt)
    return notice !== 'next'
  }
}
