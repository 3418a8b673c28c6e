import { Observable, Subject, takeUntil } from 'rxjs'
import { show } from '../errors/options.ts'

/** What a relay takes: something that is subscribed, or something that is pulled. */
export type RelaySource<T> = Observable<T> | AsyncIterable<T>

/** Where a source delivers to. Nothing more comes once {@link Feed.stop} was called. */
export interface FeedSink {
  /** Returns whether it has written something. */
  item(item: unknown): boolean
  complete(): void
  error(error: unknown): void
}

export interface Feed {
  /** Begins the first time. Settles once something was written, or the source is over; an Observable does not wait. */
  pull(): Promise<void> | undefined
  /** Ends the source at once. */
  stop(): void
}

/** @throws TypeError for a source that is neither */
export function feedOf(source: RelaySource<unknown>, sink: FeedSink, where: string): Feed {
  if (typeof source === 'object' && source !== null) {
    if ('subscribe' in source) return new PushFeed(source, sink)
    if (typeof source[Symbol.asyncIterator] === 'function') return new PullFeed(source, sink)
  }
  throw new TypeError(`${where}: the source must be an Observable or an AsyncIterable, not ${show(source)}.`)
}

class PushFeed implements Feed {
  readonly #source: Observable<unknown>
  readonly #sink: FeedSink
  /** Not a Subscription: a source that emits while it is subscribed has none yet to be stopped by. */
  readonly #stop = new Subject<void>()
  #begun = false
  #stopped = false

  constructor(source: Observable<unknown>, sink: FeedSink) {
    this.#source = source
    this.#sink = sink
  }

  pull(): undefined {
    if (this.#begun || this.#stopped) return
    this.#begun = true
    // Not `from`, which throws at what is no Observable after all; here that is a failure like any other.
    new Observable<unknown>((subscriber) => this.#source.subscribe(subscriber))
      .pipe(takeUntil(this.#stop))
      .subscribe({
        next: (item) => this.#sink.item(item),
        complete: () => {
          if (!this.#stopped) this.#sink.complete()
        },
        error: (error: unknown) => this.#sink.error(error),
      })
  }

  stop(): void {
    this.#stopped = true
    this.#stop.next()
  }
}

class PullFeed implements Feed {
  readonly #source: AsyncIterable<unknown>
  readonly #sink: FeedSink
  #iterator: AsyncIterator<unknown> | undefined
  #taking: Promise<void> | undefined
  #stopped = false

  constructor(source: AsyncIterable<unknown>, sink: FeedSink) {
    this.#source = source
    this.#sink = sink
  }

  pull(): Promise<void> | undefined {
    if (this.#stopped) return undefined
    this.#taking ??= this.#take().finally(() => {
      this.#taking = undefined
    })
    return this.#taking
  }

  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    // Nobody is left to be told of what goes wrong here.
    void this.#return().catch(() => {})
  }

  async #return(): Promise<void> {
    await this.#iterator?.return?.()
  }

  async #take(): Promise<void> {
    let written = false
    while (!written && !this.#stopped) {
      let result: IteratorResult<unknown>
      try {
        this.#iterator ??= this.#source[Symbol.asyncIterator]()
        result = await this.#iterator.next()
        if (typeof result !== 'object' || result === null)
          throw new TypeError(`The source's next() must settle with an object, not ${show(result)}.`)
      } catch (error) {
        if (this.#stopped) return
        this.#stopped = true
        this.#sink.error(error)
        return
      }
      if (this.#stopped) return
      if (result.done === true) {
        this.#stopped = true
        this.#sink.complete()
        return
      }
      written = this.#sink.item(result.value)
    }
  }
}
