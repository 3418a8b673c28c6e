import type { EventSourceMessage } from 'eventsource-parser'
import { EventDecoder, type Leftover } from '../decode/event-decoder.ts'
import { JsonBody } from '../decode/json-body.ts'
import { type Dialect, isPing, isVerdict, type ServerSentEvent, type Verdict } from '../dialects/dialect.ts'
import type { Failure } from '../errors/failure.ts'
import { failureInBand } from '../errors/http.ts'
import type { Deliver, Gate } from './gate.ts'
import { type LeftoverVerdict, verdictOfLeftover } from './leftover-verdict.ts'
import { ownIdOf } from './own-id.ts'
import { advanceAlone, deliver, type Progress, passOver } from './progress.ts'
import { malformed, tooLarge } from './termination.ts'

/** What a reader needs and does not change, but for `progress`, which outlives it. */
export interface ReaderContext<T> {
  readonly dialect: Dialect<T>
  readonly memory: unknown
  readonly progress: Progress
  readonly maxEventSize: number
  /** What values have to pass. Default: nothing, they are delivered as they are read. */
  readonly gate?: ((deliver: Deliver<T>) => Gate<T>) | undefined
}

/** Told by a reader. After `onDone` or `onFailed` it tells nothing more but what it still holds, when it is asked to. */
export interface ReaderHandler<T> {
  /** @param data - that of its event */
  readonly onValue: (value: T, data: string) => void
  /** The cursor has moved without a value. */
  onCursor(): void
  /** Content was read, whether or not it is delivered. */
  onContent(): void
  /** @param marked - by the end marker: the server is through; else by what the dialect has seen until the body was over */
  onDone(marked: boolean): void
  /** @param reported - by the server, which is then through with the stream */
  onFailed(failure: Failure, reported: boolean): void
}

/** One body: bytes in, values out, through decoder, dialect and gate. */
export class Reader<T> {
  readonly #context: ReaderContext<T>
  readonly #handler: ReaderHandler<T>
  #decoder: EventDecoder | JsonBody
  #gate: Gate<T> | undefined
  /** What the dialect remembers of events that it had read before. */
  #repeated: unknown
  #over = false
  /** A value was delivered since the last one wanted to pass. */
  #told = false
  /** Nothing is delivered any more. */
  #mute = false

  constructor(context: ReaderContext<T>, handler: ReaderHandler<T>) {
    this.#context = context
    this.#handler = handler
    this.#gate = context.gate?.((value, id, data) => this.#deliver(value, id, data))
    this.#decoder = new EventDecoder(
      {
        onEvent: (message) => this.#onEvent(message),
        onIdOnly: (id) => this.#passOver(id, undefined),
        onRetry: (ms) => {
          context.progress.reconnectionTime = ms
        },
        onUnknownField: (field, value) => this.#onUnknownField(field, value),
        onTooLarge: () => this.#fail(tooLarge(context.maxEventSize)),
      },
      context.maxEventSize,
    )
  }

  /** The body is one JSON text, and no event stream. */
  expectJson(): void {
    const { maxEventSize } = this.#context
    this.#decoder = new JsonBody(
      {
        onWhole: (data) => this.#onEvent({ data, event: undefined, id: undefined }),
        onTooLarge: () => this.#fail(tooLarge(maxEventSize)),
      },
      maxEventSize,
    )
  }

  push(chunk: Uint8Array): void {
    this.#context.progress.bytes += chunk.length
    this.#decoder.push(chunk)
  }

  /** Reads no more, also of the chunk that it is at. */
  stop(): void {
    this.#over = true
    this.#decoder.stop()
  }

  /** Nobody listens any more. */
  mute(): void {
    this.#mute = true
    this.stop()
  }

  /** No attempt follows: what was held back for one is delivered. */
  release(): void {
    this.#gate?.release()
  }

  /** The body has ended as the server had said: it is to be asked again from where it stands. */
  settle(): void {
    const { progress } = this.#context
    const before = progress.cursor
    this.#gate?.settle?.()
    if (progress.cursor !== before) this.#handler.onCursor()
  }

  /**
   * The body is over without a marker. What was left over, or the dialect's memory, may still be an ending, which is then
   * told; else what was left over is returned.
   *
   * @param cleanly - the transport says that it is whole
   */
  finish(cleanly: boolean): Leftover | undefined {
    const { dialect, memory } = this.#context
    // First: a body of JSON is read only now.
    const leftover = this.#decoder.finish()
    if (this.#over) return leftover
    let whole = false
    try {
      whole = dialect.isWhole?.(memory, cleanly) === true
    } catch {
      // A dialect that cannot tell has not seen the whole.
    }
    if (this.#over) return leftover
    if (leftover !== undefined) this.#endByLeftover(leftover)
    else if (whole) this.#complete()
    return leftover
  }

  #onEvent(message: EventSourceMessage): void {
    if (this.#over) return
    const { id, data } = message
    const gate = this.#gate
    if (id === undefined) {
      const lastEventId = gate === undefined ? this.#context.progress.cursor : gate.lastEventId
      if (lastEventId !== '') message.id = lastEventId
    } else if (id === '') {
      message.id = undefined
    }
    const { dialect } = this.#context
    const memory = gate?.isRepeat?.(id) === true ? this.#memoryOfRepeats() : this.#context.memory
    let reading: T | Verdict<T>
    let verdict: Verdict<T> | undefined
    let ownId = id
    let isContent = true
    try {
      reading = dialect.read(message as ServerSentEvent, memory)
      if (!isVerdict(reading)) {
        if (dialect.isContent !== undefined) isContent = dialect.isContent(reading)
        if (dialect.idOf !== undefined) ownId ??= ownIdOf(dialect, reading, memory)
      } else {
        verdict = reading
        if (verdict.hasValue) ownId ??= ownIdOf(dialect, verdict.value as T, memory)
      }
    } catch (error) {
      this.#malformed(data, error)
      return
    }
    // Whatever a dialect does while it reads, an unsubscribe among it.
    if (this.#over) return
    if (verdict !== undefined) this.#onVerdict(verdict, ownId, data, memory !== this.#context.memory)
    else this.#onReading(reading as T, ownId, data, isContent)
  }

  #memoryOfRepeats(): unknown {
    this.#repeated ??= this.#context.dialect.memory?.()
    return this.#repeated
  }

  #onReading(value: T, id: string | undefined, data: string, isContent: boolean): void {
    if (isContent) this.#handler.onContent()
    const gate = this.#gate
    if (gate === undefined) {
      this.#deliver(value, id, data)
      return
    }
    const { progress } = this.#context
    const { cursor } = progress
    this.#told = false
    let failure: Failure | undefined
    try {
      failure = gate.admit(value, id, data, isContent)
    } catch (error) {
      // A dialect's `text` or `withText`.
      this.#malformed(data, error)
      return
    }
    if (failure !== undefined) this.#fail(failure)
    else if (gate.isOpen) this.#gate = undefined
    // A repetition that has caught up may have brought other IDs.
    if (progress.cursor !== cursor && !this.#told && !this.#over) this.#handler.onCursor()
  }

  #deliver(value: T, id: string | undefined, data: string): boolean {
    if (this.#mute) return false
    this.#told = true
    deliver(this.#context.progress, id, data)
    this.#handler.onValue(value, data)
    return !this.#mute
  }

  /** An ID that came without a value; that of an event that was read, with its data. */
  #passOver(id: string, data: string | undefined): void {
    if (this.#over) return
    const { progress } = this.#context
    const before = progress.cursor
    if (this.#gate === undefined) {
      if (data !== undefined) passOver(progress, id, data)
      advanceAlone(progress, id)
    } else {
      this.#gate.passOver(id, data)
      if (this.#gate.isOpen) this.#gate = undefined
    }
    if (progress.cursor !== before && !this.#over) this.#handler.onCursor()
  }

  #onUnknownField(field: string, value: string): void {
    if (this.#over) return
    let verdict: Verdict<T> | undefined
    try {
      verdict = this.#context.dialect.readField?.(field, value)
    } catch (error) {
      this.#malformed(`${field}: ${value}`, error)
      return
    }
    // A dialect remembers nothing of a field: it is not given its memory.
    if (verdict !== undefined && verdict.type !== 'ignored' && !this.#over)
      this.#onVerdict(verdict, undefined, value)
  }

  /** @param isRepeat - of an event that had been read before: what it may have left in memory is thrown away */
  #onVerdict(verdict: Verdict<T>, id: string | undefined, data: string, isRepeat = false): void {
    if (verdict.type === 'ignored') {
      const { progress, dialect } = this.#context
      const before = progress.cursor
      if (id !== undefined) this.#passOver(id, data)
      // Remembered beyond the cursor, it would be remembered twice if it were sent again.
      const isRemembered = dialect.memory !== undefined && !isPing(verdict) && !isRepeat
      const isBeyond = isRemembered && progress.cursor === before && id !== before
      if (isBeyond && this.#gate?.remembered?.() !== false) progress.sinceCursor++
    } else if (verdict.type === 'done') {
      this.#complete(verdict, id, data)
    } else {
      this.#fail(failureInBand(verdict.upstream ?? { payload: undefined }), true)
    }
  }

  /** The end marker, or what stands for it. */
  #complete(marker?: Verdict<T>, id?: string, data = ''): void {
    let failure: Failure | undefined
    try {
      failure = this.#gate?.finish(id)
    } catch (error) {
      this.#malformed(data, error)
    }
    if (this.#over) return
    if (failure !== undefined) {
      this.#fail(failure)
      return
    }
    if (marker?.hasValue === true && !this.#deliver(marker.value as T, id, data)) return
    this.stop()
    this.#handler.onDone(marker !== undefined)
  }

  /** Nothing was proved by the events: what is left over may. */
  #endByLeftover(leftover: Leftover): void {
    const { dialect, memory, progress } = this.#context
    const lastEventId = this.#gate?.lastEventId ?? progress.cursor
    let found: LeftoverVerdict<T> | undefined
    try {
      found = verdictOfLeftover(leftover, dialect, memory, lastEventId)
    } catch {
      // What cannot be read was cut.
    }
    if (found !== undefined && !this.#over) this.#onVerdict(found.verdict, found.id, found.data)
  }

  #malformed(text: string, cause: unknown): void {
    const { dialect, progress } = this.#context
    this.#fail(malformed(text, dialect.name, this.#gate?.position ?? progress.events, progress, cause))
  }

  #fail(failure: Failure, reported = false): void {
    if (this.#over) return
    this.stop()
    this.#handler.onFailed(failure, reported)
  }
}
