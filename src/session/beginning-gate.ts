import type { Failure } from '../errors/failure.ts'
import type { Deliver, Gate } from './gate.ts'
import { advanceAlone, countOf, type Progress, passOver } from './progress.ts'
import { mismatch, quoted } from './termination.ts'

/**
 * The answer to a `lastEventId` that the caller has brought along: of what came before it nothing is known but that ID. It
 * is enough to find out most servers that ignore it and begin anew.
 */
export class BeginningGate<T> implements Gate<T> {
  readonly #progress: Progress
  readonly #deliver: Deliver<T>
  readonly #inner: Gate<T> | undefined
  readonly #cursor: string
  readonly isOpen = false
  #isFirst = true

  constructor(progress: Progress, deliver: Deliver<T>, lastEventId: string, inner: Gate<T> | undefined) {
    this.#progress = progress
    this.#deliver = deliver
    this.#inner = inner
    this.#cursor = lastEventId
  }

  /** The gate behind this one, until it is open. */
  get #closed(): Gate<T> | undefined {
    return this.#inner?.isOpen === false ? this.#inner : undefined
  }

  get position(): number {
    return this.#closed?.position ?? this.#progress.events
  }

  get lastEventId(): string {
    return this.#closed?.lastEventId ?? this.#progress.cursor
  }

  admit(value: T, id: string | undefined, data: string, isContent: boolean): Failure | undefined {
    const isFirst = this.#isFirst
    this.#isFirst = false
    if (id === this.#cursor) {
      // A server that goes on with the event itself means well; one that comes to it has begun before it.
      return isFirst ? undefined : mismatch(this.#cursor, `sent event ${quoted(id)} again`)
    }
    if (isFirst && id !== undefined) {
      const [count, cursor] = [countOf(id), countOf(this.#cursor)]
      if (count !== undefined && cursor !== undefined && count < cursor)
        return mismatch(this.#cursor, `went back to event ${quoted(id)}`)
    }
    const inner = this.#closed
    if (inner !== undefined) return inner.admit(value, id, data, isContent)
    this.#deliver(value, id, data)
    return undefined
  }

  passOver(id: string, data: string | undefined): void {
    const inner = this.#closed
    if (inner !== undefined) {
      inner.passOver(id, data)
    } else {
      if (data !== undefined) passOver(this.#progress, id, data)
      advanceAlone(this.#progress, id)
    }
  }

  finish(id: string | undefined): Failure | undefined {
    return this.#closed?.finish(id)
  }

  remembered(): boolean {
    return this.#closed?.remembered?.() ?? true
  }

  isRepeat(id: string | undefined): boolean {
    return (this.#isFirst && id === this.#cursor) || this.#closed?.isRepeat?.(id) === true
  }

  release(): void {
    this.#inner?.release()
  }
}
