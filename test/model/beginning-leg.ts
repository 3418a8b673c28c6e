import type { Leg, Value } from './leg.ts'
import { type ModelFailure, unusable } from './rules.ts'
import { AFTER_SMALLER, SMALLER } from './setup.ts'
import type { Sent } from './wire.ts'

/** Asked to go on after an event of which nothing is known but its ID. */
export class BeginningLeg implements Leg {
  readonly #begin: string
  readonly #inner: Leg
  #isFirst = true

  constructor(begin: string, inner: Leg) {
    this.#begin = begin
    this.#inner = inner
  }

  get owed(): readonly Sent[] {
    return this.#inner.owed
  }

  isRepeat(id: string | undefined): boolean {
    return (this.#isFirst && id === this.#begin) || this.#inner.isRepeat(id)
  }

  take(value: Value): ModelFailure | undefined {
    const isFirst = this.#isFirst
    this.#isFirst = false
    // It begins with that very event, or it has begun before it.
    if (value.id === this.#begin) return isFirst ? undefined : unusable('resume_mismatch')
    if (isFirst && value.id === SMALLER && this.#begin === AFTER_SMALLER) return unusable('resume_mismatch')
    return this.#inner.take(value)
  }

  pass(id: string, data: string | undefined): void {
    this.#inner.pass(id, data)
  }

  finish(id: string | undefined): ModelFailure | undefined {
    return this.#inner.finish(id)
  }

  settle(): void {}

  giveUp(): void {
    this.#inner.giveUp()
  }
}
