import type { EventSourceMessage } from 'eventsource-parser'
import { type DecodeHandler, EventDecoder, type Leftover } from '../decode/event-decoder.ts'
import { JsonBody } from '../decode/json-body.ts'
import {
  type Dialect,
  type GlancingRead,
  isPing,
  isVerdict,
  MAY_FAIL,
  type ServerSentEvent,
  type Verdict,
} from '../dialects/dialect.ts'
import type { Failure } from '../errors/failure.ts'
import { failureInBand } from '../errors/http.ts'
import type { ResponseHead } from '../transport/transport.ts'
import type { Deliver, Gate } from './gate.ts'
import { type LeftoverVerdict, verdictOfLeftover } from './leftover-verdict.ts'
import { ownIdOf } from './own-id.ts'
import type { StreamPlan } from './plan.ts'
import { advanceAlone, deliver, deliverBare, isBare, type Progress, passOver } from './progress.ts'
import { malformed, tooLarge } from './termination.ts'

/** What a reader needs of the plan. */
export type ReaderPlan<T> = Pick<StreamPlan<T>, 'dialect' | 'maxEventSize'>

/** What a body is read with: the dialect's memory, and how far the stream is, which outlives the reader. */
export interface ReaderState {
  readonly memory: unknown
  readonly progress: Progress
}

/** What values have to pass. `undefined`: nothing, they are delivered as they are read. */
export type GateOf<T> = ((deliver: Deliver<T>) => Gate<T>) | undefined

/** Whom the values are for. */
export interface ReaderConsumer<T> {
  /** @param data - that of its event */
  onValue(value: T, data: string): void
  /** The cursor has moved without a value. */
  onCursor(): void
}

/** Told of how a body goes. After `onDone` or `onFailed` a reader tells nothing more but what it still holds, when it is asked to. */
export interface ReaderHandler {
  /** Content was read, whether or not it is delivered: once for each chunk that holds some. */
  onContent(): void
  /** @param marked - by the end marker: the server is through; else by what the dialect has seen until the body was over */
  onDone(marked: boolean): void
  /** @param reported - by the server, which is then through with the stream */
  onFailed(failure: Failure, reported: boolean): void
}

/**
 * One body: bytes in, values out, through decoder, dialect and gate.
 *
 * The decoder's handler itself: a closure for each of its calls would be one call more an event and five objects more a stream.
 */
export class Reader<T> implements DecodeHandler {
  readonly #plan: ReaderPlan<T>
  readonly #dialect: Dialect<T> & { readonly read: GlancingRead<T> }
  readonly #memory: unknown
  readonly #progress: Progress
  readonly #hasOwnIds: boolean
  readonly #consumer: ReaderConsumer<T>
  readonly #handler: ReaderHandler
  #decoder: EventDecoder | JsonBody
  #gate: Gate<T> | undefined
  /** What the dialect says, at a glance, of the lines that the next event is made of; `undefined`: it takes none. */
  #mayFail: boolean | undefined
  /** What the dialect remembers of events that it had read before. */
  #repeated: unknown
  #over = false
  /** A value was delivered since the last one wanted to pass. */
  #told = false
  /** The chunk that is being read has held content. */
  #hasContent = false
  /** Until the chunk ends or an ID comes, an event is its data and nothing else: no gate, no cursor, nothing new to be told of. */
  #isBare = false
  /** Where the stream stood before an ID that came alone, until an event follows. */
  #beforeId: Pick<Progress, 'cursor' | 'sinceCursor' | 'events'> | undefined
  /** Nothing is delivered any more. */
  #mute = false

  constructor(
    plan: ReaderPlan<T>,
    { memory, progress }: ReaderState,
    gate: GateOf<T>,
    consumer: ReaderConsumer<T>,
    handler: ReaderHandler,
  ) {
    this.#plan = plan
    this.#dialect = plan.dialect
    this.#memory = memory
    this.#progress = progress
    this.#hasOwnIds = plan.dialect.idOf !== undefined
    this.#consumer = consumer
    this.#handler = handler
    this.#gate = gate?.((value, id, data) => this.#deliver(value, id, data))
    this.#decoder = new EventDecoder(this, plan.maxEventSize)
  }

  /** The body is one JSON text, and no event stream. */
  expectJson(): void {
    this.#decoder = new JsonBody(
      {
        onWhole: (data) => this.onEvent({ data, event: undefined, id: undefined }),
        onTooLarge: () => this.onTooLarge(),
      },
      this.#plan.maxEventSize,
    )
  }

  /** What the dialect makes of the head: nothing, if it keeps its word. */
  readHead(head: ResponseHead): unknown {
    return this.#dialect.readHead?.(head, this.#memory)
  }

  push(chunk: Uint8Array): void {
    this.#progress.bytes += chunk.length
    this.#hasContent = false
    this.#isBare = false
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
    const progress = this.#progress
    const before = progress.cursor
    this.#gate?.settle?.()
    if (progress.cursor !== before) this.#consumer.onCursor()
  }

  /**
   * The body is over without a marker. What was left over, or the dialect's memory, may still be an ending, which is then
   * told; else what was left over is returned.
   *
   * @param cleanly - the transport says that it is whole
   */
  finish(cleanly: boolean): Leftover | undefined {
    // First: a body of JSON is read only now.
    const leftover = this.#decoder.finish()
    if (this.#over) return leftover
    let whole = false
    try {
      whole = this.#dialect.isWhole?.(this.#memory, cleanly) === true
    } catch {
      // A dialect that cannot tell has not seen the whole.
    }
    if (this.#over) return leftover
    if (leftover !== undefined) this.#endByLeftover(leftover)
    else if (whole) this.#complete()
    if (!this.#over && leftover?.isForeign === true) this.#takeBackId()
    return leftover
  }

  /**
   * Foreign text follows an ID that came alone: as likely as not its line break, and not the server's, has ended the block, whose
   * data was cut off. Its event has not come then.
   */
  #takeBackId(): void {
    const progress = this.#progress
    const before = this.#beforeId
    if (before === undefined || before.events !== progress.events) return
    progress.cursor = before.cursor
    progress.sinceCursor = before.sinceCursor
    this.#consumer.onCursor()
  }

  onLines(lines: string, isFresh: boolean): void {
    const { read } = this.#dialect
    if (read[MAY_FAIL] !== undefined)
      this.#mayFail = (!isFresh && this.#mayFail === true) || read[MAY_FAIL](lines)
  }

  /**
   * Small, and what it calls too: a compiler puts all of it, down to the subscriber, into the loop of the parser, as long as that
   * is less than a thousand bytes of bytecode. Whatever is not nearly every event's is told apart.
   */
  onEvent(message: EventSourceMessage): void {
    if (!this.#isBare || message.id !== undefined) {
      this.#onUnusual(message)
      return
    }
    if (this.#over) return
    const { data } = message
    let reading: T | Verdict<T>
    try {
      reading = this.#dialect.read(message as ServerSentEvent, this.#memory, this.#mayFail)
    } catch (error) {
      this.#malformed(data, error)
      return
    }
    // Whatever a dialect does while it reads, an unsubscribe among it.
    if (this.#over) return
    if (isVerdict(reading)) {
      this.#onVerdict(reading, undefined, data)
    } else {
      deliverBare(this.#progress)
      this.#consumer.onValue(reading, data)
    }
  }

  #onUnusual(message: EventSourceMessage): void {
    if (this.#over) return
    const { id, data } = message
    const memory = this.#memoryFor(message)
    let reading: T | Verdict<T>
    let ownId = id
    let isContent = true
    try {
      reading = this.#dialect.read(message as ServerSentEvent, memory, this.#mayFail)
      // Without a gate only the first content of a chunk says something new.
      if (!this.#hasContent || this.#gate !== undefined) isContent = this.#isContent(reading)
      if (this.#hasOwnIds) ownId ??= this.#ownIdOf(reading, memory)
    } catch (error) {
      this.#malformed(data, error)
      return
    }
    if (this.#over) return
    if (isVerdict(reading)) {
      this.#onVerdict(reading, ownId, data, memory !== this.#memory)
      return
    }
    if (isContent && !this.#hasContent) {
      this.#hasContent = true
      this.#handler.onContent()
    }
    if (this.#gate === undefined) {
      deliver(this.#progress, ownId, data)
      this.#isBare = this.#hasContent && !this.#hasOwnIds && isBare(this.#progress)
      this.#consumer.onValue(reading, data)
    } else {
      this.#admit(this.#gate, reading, ownId, data, isContent)
    }
  }

  /** Gives the message its last event ID, and says what the dialect is to remember it with. */
  #memoryFor(message: EventSourceMessage): unknown {
    if (this.#beforeId !== undefined) this.#beforeId = undefined
    const { id } = message
    const gate = this.#gate
    if (id === undefined) {
      const lastEventId = gate === undefined ? this.#progress.cursor : gate.lastEventId
      if (lastEventId !== '') message.id = lastEventId
    } else if (id === '') {
      message.id = undefined
    }
    return gate?.isRepeat?.(id) === true ? this.#memoryOfRepeats() : this.#memory
  }

  #isContent(reading: T | Verdict<T>): boolean {
    const dialect = this.#dialect
    return dialect.isContent === undefined || isVerdict(reading) || dialect.isContent(reading)
  }

  #ownIdOf(reading: T | Verdict<T>, memory: unknown): string | undefined {
    if (!isVerdict(reading)) return ownIdOf(this.#dialect, reading, memory)
    return reading.hasValue ? ownIdOf(this.#dialect, reading.value as T, memory) : undefined
  }

  #memoryOfRepeats(): unknown {
    this.#repeated ??= this.#dialect.memory?.()
    return this.#repeated
  }

  #admit(gate: Gate<T>, value: T, id: string | undefined, data: string, isContent: boolean): void {
    const progress = this.#progress
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
    if (progress.cursor !== cursor && !this.#told && !this.#over) this.#consumer.onCursor()
  }

  #deliver(value: T, id: string | undefined, data: string): boolean {
    if (this.#mute) return false
    this.#told = true
    deliver(this.#progress, id, data)
    this.#consumer.onValue(value, data)
    return !this.#mute
  }

  /** An ID that came without a value; that of an event that was read, with its data. */
  #passOver(id: string, data: string | undefined): void {
    if (this.#over) return
    const progress = this.#progress
    const before = progress.cursor
    if (this.#gate === undefined) {
      if (data !== undefined) passOver(progress, id, data)
      advanceAlone(progress, id)
    } else {
      this.#gate.passOver(id, data)
      if (this.#gate.isOpen) this.#gate = undefined
    }
    if (progress.cursor !== before && !this.#over) this.#consumer.onCursor()
  }

  onIdOnly(id: string): void {
    this.#isBare = false
    const { cursor, sinceCursor, events } = this.#progress
    this.#passOver(id, undefined)
    if (this.#progress.cursor !== cursor) this.#beforeId = { cursor, sinceCursor, events }
  }

  onRetry(ms: number): void {
    this.#progress.reconnectionTime = ms
  }

  onTooLarge(): void {
    this.#fail(tooLarge(this.#plan.maxEventSize))
  }

  onUnknownField(field: string, value: string): void {
    if (this.#over) return
    let verdict: Verdict<T> | undefined
    try {
      verdict = this.#dialect.readField?.(field, value)
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
      const progress = this.#progress
      const before = progress.cursor
      if (id !== undefined) this.#passOver(id, data)
      // Remembered beyond the cursor, it would be remembered twice if it were sent again.
      const isRemembered = this.#dialect.memory !== undefined && !isPing(verdict) && !isRepeat
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
    const lastEventId = this.#gate?.lastEventId ?? this.#progress.cursor
    let found: LeftoverVerdict<T> | undefined
    try {
      found = verdictOfLeftover(leftover, this.#dialect, this.#memory, lastEventId)
    } catch {
      // What cannot be read was cut.
    }
    if (found !== undefined && !this.#over) this.#onVerdict(found.verdict, found.id, found.data)
  }

  #malformed(text: string, cause: unknown): void {
    const progress = this.#progress
    this.#fail(malformed(text, this.#dialect.name, this.#gate?.position ?? progress.events, progress, cause))
  }

  #fail(failure: Failure, reported = false): void {
    if (this.#over) return
    this.stop()
    this.#handler.onFailed(failure, reported)
  }
}
