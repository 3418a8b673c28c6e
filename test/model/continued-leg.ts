import type { Leg, LegHost, Value } from './leg.ts'
import { type ModelFailure, unusable } from './rules.ts'
import type { Known } from './stand.ts'
import type { Sent } from './wire.ts'

/** The server was asked for what comes after the cursor. Until it gives something new, it may go back to what it has given. */
export class ContinuedLeg implements Leg {
  readonly #host: LegHost
  readonly #cursor: string
  readonly #known: readonly Known[]
  /** A server that knows nothing of the cursor carries out the request once more. */
  readonly #mayBeginAnew: boolean
  /** Where the caller has asked to begin: an event before the first one. */
  readonly #begin: string
  /** Where it is that has gone back. */
  #at: number | undefined
  #hasNew = false
  #pendingId: string | undefined

  constructor(host: LegHost, mayBeginAnew: boolean, begin: string) {
    this.#host = host
    this.#begin = begin
    this.#cursor = host.stand.cursor
    this.#known = [...host.stand.known]
    this.#mayBeginAnew = mayBeginAnew
  }

  get owed(): readonly Sent[] {
    return this.#at === undefined ? [] : this.#known.slice(this.#at).filter(({ isValue }) => isValue)
  }

  /** What a server may send again. */
  get past(): readonly Sent[] {
    return this.#hasNew ? [] : this.#known.filter(({ isValue }) => isValue)
  }

  isRepeat(id: string | undefined): boolean {
    return this.#at !== undefined || (id !== undefined && id !== '' && this.#placesOf(id).length > 0)
  }

  take(value: Value): ModelFailure | undefined {
    const read = this.#host.read(value, this.#pendingId ?? this.#host.stand.cursor)
    const places = value.id === undefined || value.id === '' ? [] : this.#placesOf(value.id)
    if (this.#at === undefined && places.length > 0) {
      // Which of several places it would be nobody can say.
      if (this.#hasNew || places.length > 1) return unusable('resume_mismatch')
      this.#at = places[0]
    }
    if (this.#at !== undefined) return this.#follow(value)
    if (value.id !== undefined && value.id !== '' && value.id === this.#begin)
      return unusable('resume_mismatch')
    if (!this.#hasNew && this.#isMismatch(value)) return unusable('resume_mismatch')
    this.#hasNew = true
    const { stand } = this.#host
    if (value.id === undefined && this.#pendingId !== undefined) stand.moveTo(this.#pendingId)
    this.#pendingId = undefined
    this.#host.deliver(value, read)
    return undefined
  }

  pass(id: string, data: string | undefined): void {
    if (this.#hasNew) {
      this.#move(id, data)
    } else if (this.#at === undefined && this.#placesOf(id).length === 0) {
      // A greeting's or a ping's: it counts with the event that it then stands for.
      this.#pendingId = id
    }
  }

  finish(id: string | undefined): ModelFailure | undefined {
    // What ended at another place than it was asked to go on from has not gone on there.
    const isOld = id !== undefined && id !== '' && id !== this.#cursor && this.#placesOf(id).length > 0
    return this.#at === undefined && !isOld ? undefined : unusable('resume_mismatch')
  }

  settle(): void {
    const id = this.#pendingId
    if (id === undefined || this.#at !== undefined) return
    this.#pendingId = undefined
    this.#move(id, undefined)
  }

  giveUp(): void {}

  #move(id: string, data: string | undefined): void {
    const before = this.#host.stand.cursor
    this.#host.passes(id, data)
    if (before !== id) this.#host.movedCursor()
  }

  #follow({ id, data }: Value): ModelFailure | undefined {
    const at = this.#at as number
    const due = this.#known[at]
    if (due?.id !== id || due?.data !== data) return unusable('resume_mismatch')
    const next = this.#known.findIndex(({ isValue }, place) => place > at && isValue)
    this.#at = next === -1 ? undefined : next
    return undefined
  }

  #placesOf(id: string): readonly number[] {
    return [...this.#known.keys()].filter((place) => this.#known[place]?.id === id)
  }

  /** Does its first new value show that the server did not go on where it was asked to? */
  #isMismatch({ id = '', data }: Value): boolean {
    const { stand } = this.#host
    if (id !== '') return this.#mayBeginAnew && data === stand.firstData
    return stand.withoutId === 0 || data === stand.firstData
  }
}
