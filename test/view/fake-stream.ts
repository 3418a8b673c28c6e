import { Observable, type Subscriber } from 'rxjs'
import { vi } from 'vitest'
import { createSseError } from '../../src/errors/sse-error.ts'
import type { Continuation, StreamSignal, ViewState } from '../../src/index.ts'

export const failure = createSseError(
  { kind: 'stream_terminated', code: 'stream_terminated', reason: 'clean_end', message: 'cut' },
  { attempt: 1, events: 1, bytes: 1, lastEventId: undefined, resumable: true },
)

/** A stream whose signals a test says. Each subscription has its own teller. */
export class FakeStream {
  readonly tellers: Subscriber<StreamSignal<string>>[] = []
  readonly retryNow = vi.fn()
  open = 0
  isPossible = true
  #told = 0
  readonly signals: Observable<StreamSignal<string>> = new Observable((subscriber) => {
    this.tellers.push(subscriber)
    this.open++
    subscriber.add(() => this.open--)
  })

  get #teller(): Subscriber<StreamSignal<string>> {
    return this.tellers.at(-1) as Subscriber<StreamSignal<string>>
  }

  connecting(attempt = 1, step?: 'continue' | 'reset'): this {
    const signals = this.signals
    if (step === undefined) this.#told = 0
    const continuation = Object.create(signals, {
      isPossible: { get: () => this.isPossible },
      after: { get: () => this.#told },
      subscribe: { value: signals.subscribe.bind(signals) },
    }) as Continuation<string>
    this.#teller.next({
      type: 'connecting',
      attempt,
      lastEventId: undefined,
      resume: step,
      step,
      continuation,
    })
    return this
  }

  opened(requestId?: string): this {
    this.#teller.next({ type: 'open', attempt: 1, status: 200, requestId, header: () => undefined })
    return this
  }

  values(...values: readonly string[]): this {
    for (const value of values) {
      this.#told++
      this.#teller.next({ type: 'value', value, lastEventId: `id-${value}` })
    }
    return this
  }

  cursor(lastEventId: string | undefined): this {
    this.#teller.next({ type: 'cursor', lastEventId })
    return this
  }

  reset(): this {
    this.#told = 0
    this.#teller.next({ type: 'reset', attempt: 2 })
    return this
  }

  waiting(until = 12_345): this {
    const { retryNow } = this
    this.#teller.next({ type: 'waiting', error: failure, attempt: 1, delayMs: 1, until, retryNow })
    return this
  }

  completes(): this {
    this.#teller.complete()
    return this
  }

  fails(error: unknown = failure): this {
    this.#teller.error(error)
    return this
  }
}

export const joined = { seed: '', reduce: (text: string, value: string): string => text + value }

/** All states that an Observable of them has told. */
export function seen<V>(states: Observable<ViewState<V>>): {
  readonly all: ViewState<V>[]
  readonly last: ViewState<V>
  readonly ends: unknown[]
  unsubscribe(): void
} {
  const all: ViewState<V>[] = []
  const ends: unknown[] = []
  const subscription = states.subscribe({
    next: (state) => all.push(state),
    error: (error: unknown) => ends.push(error),
    complete: () => ends.push('complete'),
  })
  return {
    all,
    ends,
    get last() {
      return all.at(-1) as ViewState<V>
    },
    unsubscribe: () => subscription.unsubscribe(),
  }
}
