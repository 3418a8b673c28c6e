import { isDeepStrictEqual } from 'node:util'
import { from, type Observable } from 'rxjs'
import {
  accumulate,
  eventStreamSignals,
  fromEventStream,
  isSseError,
  type LlmDialect,
  type Message,
  type SseError,
  text,
  type ViewState,
  viewState,
} from '../../../src/index.ts'
import { encodeEvent, type OutgoingEvent, toRelayEvents } from '../../../src/relay/index.ts'
import { parseReference } from '../../fixtures/reference-parser.ts'
import type { FuzzInput } from '../fuzz-input.ts'
import { hold, shown } from '../mismatch.ts'
import { checkError, type Death, EVENT_STREAM, playedTransport } from '../play.ts'
import { Random } from '../random.ts'
import { wireNamed } from '../wires.ts'
import { checkMessage } from './dialect.ts'

const URL = 'http://fuzz.test/v1'

interface Taken<V> {
  readonly values: V[]
  completed: boolean
  error: unknown
}

/** What a stream that ends in the same call has given. */
function take<V>(stream: Observable<V>): Taken<V> {
  const taken: Taken<V> = { values: [], completed: false, error: undefined }
  const subscription = stream.subscribe({
    next: (value) => taken.values.push(value),
    complete: () => {
      taken.completed = true
    },
    error: (error: unknown) => {
      taken.error = error
    },
  })
  subscription.unsubscribe()
  return taken
}

/** The public face: values, text, messages and a view say the same of the same bytes. */
export function runConsumer({ wire, seed, body }: FuzzInput): string {
  const random = new Random(seed)
  const dialect = wireNamed(wire) as LlmDialect<unknown, unknown>
  const death = random.pick(['clean', 'closed'] satisfies Death[])
  const offsets = random.offsets(body.length)
  const transport = playedTransport(() => ({ status: 200, headers: EVENT_STREAM, body, offsets, death }))
  const config = { dialect, transport, retry: false } as const
  const values = take(fromEventStream(URL, config))
  hold(values.completed !== (values.error !== undefined), 'one ending')
  if (values.error !== undefined) {
    hold(isSseError(values.error), 'an SseError', () => String(values.error))
    checkError(values.error as SseError)
  }
  checkView(config, values)
  if (typeof dialect.accumulate !== 'function')
    return `${values.completed} ${Math.min(4, values.values.length)}`
  const messages = take(fromEventStream(URL, config).pipe(accumulate(dialect)))
  hold(messages.values.length === values.values.length, 'a message for every value')
  hold(messages.completed === values.completed, 'the same ending')
  const last = messages.values.at(-1) as Message | undefined
  if (last !== undefined) checkMessage(last)
  if (messages.error !== undefined) {
    hold(isSseError(messages.error), 'a failed message is an SseError', () => String(messages.error))
    const { partial } = messages.error as SseError
    hold(partial === last, 'the error has the message so far')
    hold(JSON.stringify(messages.error) === JSON.stringify(values.error), 'and is the same error')
  }
  const pieces = take(fromEventStream(URL, config).pipe(text(dialect)))
  hold(
    pieces.values.every((piece) => typeof piece === 'string' && piece !== ''),
    'pieces of text',
  )
  return `${values.completed} ${(values.error as SseError | undefined)?.code} ${last?.toolCalls.length} ${pieces.values.length > 0}`
}

function checkView(config: Parameters<typeof eventStreamSignals>[1], values: Taken<unknown>): void {
  const view = viewState<unknown, readonly unknown[]>({
    seed: [],
    reduce: (list, value) => [...list, value],
    stalledAfter: 0,
  })
  const states = take(eventStreamSignals<unknown>(URL, config as never).pipe(view))
  const state = states.values.at(-1) as ViewState<readonly unknown[]>
  hold(states.error === undefined, 'a view never errors', () => String(states.error))
  hold(
    state.status === (values.completed ? 'done' : 'failed'),
    'a view says how it ended',
    () => state.status,
  )
  hold(isDeepStrictEqual(state.value, values.values), 'a view folds every value', () => shown(state))
  hold(state.values === values.values.length, 'a view counts every value')
  const code = (error: unknown): unknown => (error as SseError | undefined)?.code
  hold(code(state.error) === code(values.error), 'a view has the error')
}

/** What UTF-8 can carry: half a surrogate pair becomes U+FFFD. */
const wellFormed = (text: string): string => Buffer.from(text).toString()

const FORBIDDEN = /[\r\n\0]/

/** What is written for a reader is what the reader reads; what the format cannot carry is refused. */
export function runRelay({ seed, body }: FuzzInput): string {
  const random = new Random(seed)
  const words = Buffer.from(body).toString(random.pick(['utf8', 'latin1', 'utf16le'] as const))
  const word = (): string => {
    const at = random.int(words.length + 1)
    return words.slice(at, at + random.int(24))
  }
  const maybe = <V>(make: () => V): V | undefined => (random.chance(0.6) ? make() : undefined)
  const outgoing: OutgoingEvent[] = Array.from({ length: 1 + random.int(4) }, () => ({
    id: maybe(word),
    event: maybe(word),
    data: maybe(() => (random.chance(0.5) ? words.slice(0, 200) : word())),
    retry: maybe(() => random.int(100_000)),
    comment: maybe(word),
  }))
  let written = ''
  const due: unknown[] = []
  let lastEventId = ''
  for (const event of outgoing) {
    const isCarried = !FORBIDDEN.test(`${event.id ?? ''}${event.event ?? ''}`)
    let refused = false
    try {
      written += encodeEvent(event)
    } catch (error) {
      hold(error instanceof TypeError, 'a refusal is a TypeError', () => String(error))
      refused = true
    }
    hold(refused === !isCarried, 'what the format cannot carry is refused, and nothing else', () =>
      shown(event),
    )
    if (refused) continue
    if (event.retry !== undefined) due.push({ retry: event.retry })
    if (event.id !== undefined) lastEventId = wellFormed(event.id)
    if (event.data !== undefined)
      due.push({
        id: lastEventId,
        event: wellFormed(event.event ?? '') || undefined,
        data: wellFormed(event.data.replace(/\r\n?/g, '\n')),
      })
  }
  const read = parseReference(Buffer.from(written)).entries.flatMap((entry): unknown[] => {
    if (entry.type === 'event') return [{ id: entry.lastEventId, event: entry.event, data: entry.data }]
    return entry.type === 'retry' ? [{ retry: entry.ms }] : entry.type === 'unknown' ? [entry] : []
  })
  // The first U+FEFF of a stream is its byte order mark.
  if (!written.startsWith('\ufeff'))
    hold(isDeepStrictEqual(read, due), 'what is written is what is read', () => shown({ read, due, written }))
  return `${outgoing.length} ${due.length} ${checkRelayed(body)}`
}

/** A raw stream that is passed on event by event is the same stream. */
function checkRelayed(body: Uint8Array): number {
  const answer = (bytes: Uint8Array) =>
    playedTransport(() => ({ status: 200, headers: EVENT_STREAM, body: bytes, offsets: [], death: 'clean' }))
  const direct = take(fromEventStream(URL, { transport: answer(body), retry: false }))
  // A type with a NUL is one that is not written.
  if (direct.values.some(({ event }) => event?.includes('\0'))) return 9
  let written = ''
  for (const { type, ...rest } of take(from(direct.values).pipe(toRelayEvents({ heartbeatMs: 0 }))).values) {
    // NestJS has no way to leave the ID out.
    const event = { ...rest, event: type, id: rest.id === '' ? undefined : rest.id }
    written += encodeEvent(event)
  }
  const relayed = take(fromEventStream(URL, { transport: answer(Buffer.from(written)), retry: false }))
  const bare = (list: readonly unknown[]): unknown =>
    list.map((event) => [(event as OutgoingEvent).event, (event as OutgoingEvent).data])
  hold(
    isDeepStrictEqual(bare(relayed.values), bare(direct.values)),
    'a stream that is passed on is the same',
    () => shown({ direct: direct.values, relayed: relayed.values, written }),
  )
  return Math.min(4, direct.values.length)
}
