import { isDeepStrictEqual } from 'node:util'
import type { Leg, LegHost, Value } from './leg.ts'
import { type ModelFailure, notTheSame } from './rules.ts'
import type { Delivered, Stand } from './stand.ts'
import { essenceOf, type Sent } from './wire.ts'

/** The server was asked for the same stream from its beginning. */
export class ReplayedLeg implements Leg {
  readonly #host: LegHost
  readonly #delivered: readonly Delivered[]
  /** How far the repetition has come: its IDs may be others. */
  readonly #again: Stand

  constructor(host: LegHost) {
    this.#host = host
    this.#delivered = [...host.stand.delivered]
    this.#again = host.stand.anew()
  }

  get owed(): readonly Sent[] {
    return this.#delivered.slice(this.#again.events)
  }

  isRepeat(): boolean {
    return false
  }

  take(value: Value): ModelFailure | undefined {
    const { stand } = this.#host
    if (this.#isOpen) {
      this.#host.deliver(value, this.#host.read(value, stand.cursor))
      return undefined
    }
    const index = this.#again.events
    const read = this.#host.read(value, this.#again.cursor)
    const delivered = this.#delivered[index] as Delivered
    if (!isDeepStrictEqual(essenceOf(delivered.data), essenceOf(value.data)))
      return notTheSame({ index, delivered: delivered.value, received: read })
    this.#again.deliver({ id: value.id, data: value.data, value: read }, false)
    if (!this.#isOpen) return undefined
    const before = stand.cursor
    this.#host.caughtUp(this.#again)
    if (stand.cursor !== before) this.#host.movedCursor()
    return undefined
  }

  pass(id: string, data: string | undefined): void {
    if (!this.#isOpen) {
      this.#again.pass(id, data, false)
      return
    }
    const before = this.#host.stand.cursor
    this.#host.passes(id, data)
    if (before !== id) this.#host.movedCursor()
  }

  settle(): void {}

  finish(): ModelFailure | undefined {
    if (this.#isOpen) return undefined
    const index = this.#again.events
    return notTheSame({ index, delivered: this.#delivered[index]?.value, received: undefined })
  }

  giveUp(): void {}

  get #isOpen(): boolean {
    return this.#again.events >= this.#delivered.length
  }
}
