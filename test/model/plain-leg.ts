import type { Leg, LegHost, Value } from './leg.ts'
import type { Sent } from './wire.ts'

/** Values as they come; those without an ID and without content, before the first content, wait for it. */
export class PlainLeg implements Leg {
  readonly owed: readonly Sent[] = []
  readonly #host: LegHost
  readonly #voids: boolean
  #held: { readonly value: Value; readonly read: unknown }[] | undefined
  #pendingId: string | undefined

  /** @param holds - whether anything is held back; what `voids` what was delivered does so with its first value. */
  constructor(host: LegHost, holds: boolean, voids = false) {
    this.#host = host
    this.#voids = voids
    this.#held = holds || voids ? [] : undefined
  }

  isRepeat(): boolean {
    return false
  }

  take(value: Value): undefined {
    const read = this.#host.read(value, this.#lastId)
    if (
      this.#held !== undefined &&
      value.kind === 'role' &&
      value.id === undefined &&
      this.#pendingId === undefined
    ) {
      this.#held.push({ value, read })
      return
    }
    this.#open()
    if (!this.#host.isOver) this.#host.deliver(value, read)
  }

  pass(id: string, data: string | undefined): void {
    if (this.#held !== undefined && this.#voids) {
      this.#pendingId = id
      return
    }
    const before = this.#host.stand.cursor
    // What follows an ID can still be asked for again, so that it is held back all the same.
    if (this.#held?.length !== 0) this.#open()
    if (this.#host.isOver) return
    this.#host.passes(id, data)
    if (before !== id) this.#host.movedCursor()
  }

  finish(): undefined {
    this.#open()
  }

  settle(): void {}

  giveUp(): void {
    if (!this.#voids) this.#open()
  }

  get #begin(): string {
    return this.#host.stand.anew().cursor
  }

  get #lastId(): string {
    return this.#held !== undefined && this.#voids
      ? (this.#pendingId ?? this.#begin)
      : this.#host.stand.cursor
  }

  #open(): void {
    const held = this.#held
    if (held === undefined) return
    this.#held = undefined
    if (this.#voids) this.#host.voids()
    if (this.#pendingId !== undefined) this.#host.stand.moveTo(this.#pendingId)
    for (const { value, read } of held) if (!this.#host.isOver) this.#host.deliver(value, read)
  }
}
