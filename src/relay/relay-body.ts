import { encodeEvent, type OutgoingEvent } from './encode-event.ts'
import { type Feed, feedOf, type RelaySource } from './feed.ts'
import { Heartbeat } from './heartbeat.ts'
import type { RelayPlan } from './options.ts'
import type { PublicCode, PublicError } from './public-error.ts'
import { Translator } from './translator.ts'

/** What a body that is held back has turned out to be. */
export type Outcome =
  | { readonly type: 'stream' }
  | { readonly type: 'error'; readonly error: PublicError }
  | { readonly type: 'gone' }

const encoder = /* @__PURE__ */ new TextEncoder()
const COMMENT: Uint8Array = /* @__PURE__ */ encoder.encode(/* @__PURE__ */ encodeEvent({ comment: '' }))

/** The body of a response: what a source says, as bytes, until its end has been told or its reader has gone. */
export class RelayBody<V> {
  readonly stream: ReadableStream<Uint8Array>
  readonly #plan: RelayPlan<V>
  readonly #translator: Translator<V>
  readonly #feed: Feed
  readonly #heartbeat: Heartbeat
  #controller!: ReadableStreamDefaultController<Uint8Array>
  #decide: ((outcome: Outcome) => void) | undefined
  #begun = false
  #hasWritten = false
  #over = false

  /** @throws TypeError for a wrong source */
  constructor(source: RelaySource<unknown>, plan: RelayPlan<V>, where: string) {
    this.#plan = plan
    this.#translator = new Translator(plan)
    this.#heartbeat = new Heartbeat(plan.heartbeatMs, () => {
      // One that waits to be read is a sign of life enough.
      if (this.#buffered === 0) this.#enqueue(COMMENT)
    })
    this.#feed = feedOf(
      source,
      {
        item: (item) => this.#onItem(item),
        complete: () => this.#finish(this.#translator.end()),
        error: (error) => this.#fail(error),
      },
      where,
    )
    this.stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => {
          this.#begin()
          return this.#feed.pull()
        },
        cancel: () => this.#stop(),
      },
      // Nothing is read ahead, nor begun before somebody reads.
      { highWaterMark: 0, size: (chunk) => chunk.byteLength },
    )
    const { signal } = plan
    if (signal?.aborted === true) this.#onAbort()
    else signal?.addEventListener('abort', this.#onAbort)
  }

  /** Begins now, and tells once what it has come to: a stream, at the first event or after `holdMs`; or an error before that. */
  hold(): Promise<Outcome> {
    if (this.#over) return Promise.resolve({ type: 'gone' })
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.#decided({ type: 'stream' })
        this.#begin()
      }, this.#plan.holdMs)
      this.#decide = (outcome) => {
        clearTimeout(timer)
        resolve(outcome)
      }
      void this.#feed.pull()
    })
  }

  get #buffered(): number {
    return -(this.#controller.desiredSize ?? 0)
  }

  #decided(outcome: Outcome): void {
    this.#decide?.(outcome)
    this.#decide = undefined
  }

  #begin(): void {
    if (this.#begun || this.#over) return
    this.#begun = true
    this.#heartbeat.start()
    if (this.#plan.heartbeatMs > 0 && !this.#hasWritten) this.#enqueue(COMMENT)
  }

  #onItem(item: unknown): boolean {
    if (this.#over) return false
    try {
      const event = this.#translator.item(item)
      if (event === undefined) return false
      const bytes = encoder.encode(encodeEvent(event))
      const waiting = this.#buffered
      if (waiting > COMMENT.byteLength && waiting + bytes.byteLength > this.#plan.maxBuffered) {
        this.#feed.stop()
        this.#fail(new RangeError(tooSlow(this.#plan.maxBuffered)), 'stream_error')
        return true
      }
      this.#enqueue(bytes)
    } catch (error) {
      this.#feed.stop()
      this.#fail(error)
    }
    return true
  }

  /** @param code - for a failure of the relay's own that has one */
  #fail(error: unknown, code?: PublicCode): void {
    if (this.#over) return
    if (this.#decide === undefined) {
      this.#finish(this.#translator.failure(error, code))
      return
    }
    this.#decided({ type: 'error', error: this.#translator.publicError(error, code) })
    this.#end()
  }

  #finish(event: OutgoingEvent | undefined): void {
    if (this.#over) return
    if (event !== undefined) this.#enqueue(encoder.encode(encodeEvent(event)))
    this.#decided({ type: 'stream' })
    this.#end()
    this.#controller.close()
  }

  #enqueue(bytes: Uint8Array): void {
    this.#controller.enqueue(bytes)
    this.#hasWritten = true
    this.#heartbeat.heard()
    this.#decided({ type: 'stream' })
  }

  /** The reader has gone. */
  #stop(): void {
    if (this.#over) return
    this.#end()
    this.#feed.stop()
    this.#decided({ type: 'gone' })
  }

  readonly #onAbort = (): void => {
    this.#stop()
    // Not closed: a clean end would look like a whole stream on a wire without a marker. A server whose reader has gone
    // cancels the body itself, and logs an error that comes before that.
    setTimeout(() => this.#controller.error(this.#plan.signal?.reason))
  }

  #end(): void {
    this.#over = true
    this.#heartbeat.stop()
    this.#plan.signal?.removeEventListener('abort', this.#onAbort)
  }
}

const tooSlow = (bytes: number): string =>
  `The reader is slower than the stream: more than ${bytes} bytes were waiting for it. An AsyncIterable (toAsyncIterable) waits for its reader.`
