import { onTestFinished } from 'vitest'
import {
  type ChatCompletionChunk,
  type DialectConfig,
  type EventStreamConfig,
  eventStreamSignals,
  fromEventStream,
  openaiChat,
  type RawConfig,
  type ReplayMismatch,
  type ServerSentEvent,
  type SseError,
  type StreamSignal,
} from '../../src/index.ts'
import type { SessionSignal } from '../../src/session/signal.ts'
import {
  type Answer,
  type FaultServer,
  type RecordedRequest,
  startFaultServer,
} from '../../src/testing/index.ts'
import { type Collected, collect } from '../collect.ts'

/** Beyond the end of any body: after all of it. */
const END = 1_000_000_000

export const cut = (fixture: string): Answer => ({ fixture, fault: { type: 'fin', after: { bytes: END } } })
/** Nothing more comes, and the connection stays. */
export const stalled = (fixture: string): Answer => ({
  fixture,
  fault: { type: 'stall', after: { bytes: END } },
})

export async function faultServer(answers: readonly Answer[]): Promise<FaultServer> {
  const server = await startFaultServer({ answers })
  onTestFinished(() => server.close())
  return server
}

export type Answers = readonly (string | Answer)[]

/** Every text is cut after it but the last, which ends cleanly. */
const asAnswers = (given: Answers): Answer[] =>
  given.map((one, index) =>
    typeof one !== 'string' ? one : index < given.length - 1 ? cut(one) : { fixture: one },
  )

/** No wait that a test would have to sit out. */
export const AT_ONCE = { delay: 0, jitter: 'none' } as const

export interface Played<T> extends Collected<T> {
  readonly requests: readonly RecordedRequest[]
}

/** One answer a request, over a real socket. */
export async function play<T>(answers: Answers, config: DialectConfig<T>): Promise<Played<T>>
export async function play(answers: Answers, config?: RawConfig): Promise<Played<ServerSentEvent>>
export async function play<T>(answers: Answers, config: EventStreamConfig<T> = {}): Promise<Played<T>> {
  const server = await faultServer(asAnswers(answers))
  const stream = fromEventStream<T>(server.url, { retry: AT_ONCE, ...config } as EventStreamConfig<T>)
  return { ...(await collect(stream as never)), requests: server.requests } as Played<T>
}

export interface Told<T> extends Played<T> {
  readonly signals: readonly StreamSignal<T>[]
  /** Types and values, short enough to compare. */
  readonly story: readonly string[]
}

/** The same with its life. */
export async function tell<T>(answers: Answers, config: DialectConfig<T>): Promise<Told<T>>
export async function tell(answers: Answers, config?: RawConfig): Promise<Told<ServerSentEvent>>
export async function tell<T>(answers: Answers, config: EventStreamConfig<T> = {}): Promise<Told<T>> {
  const server = await faultServer(asAnswers(answers))
  const stream = eventStreamSignals<T>(server.url, { retry: AT_ONCE, ...config } as EventStreamConfig<T>)
  const { values: signals, completed, error } = await collect(stream as never)
  return {
    signals: signals as StreamSignal<T>[],
    story: (signals as StreamSignal<T>[]).map(inShort),
    values: (signals as StreamSignal<T>[]).flatMap((signal) =>
      signal.type === 'value' ? [signal.value] : [],
    ),
    completed,
    error: error as SseError | undefined,
    requests: server.requests,
  }
}

export function inShort(signal: SessionSignal<unknown>): string {
  switch (signal.type) {
    case 'connecting':
      return `connecting ${signal.attempt}${signal.resume === undefined ? '' : ` ${signal.resume}`}`
    case 'open':
    case 'reset':
    case 'waiting':
      return `${signal.type} ${signal.attempt}`
    case 'value':
      return `value ${dataOf(signal.value)}`
    case 'cursor':
      return `cursor ${signal.lastEventId}`
  }
}

const dataOf = (value: unknown): string =>
  typeof value === 'object' && value !== null && 'data' in value && typeof value.data === 'string'
    ? value.data
    : textOf(value)

const chat = openaiChat()
/** The text of a chunk, `''` for none. */
const textOf = (value: unknown): string => chat.text?.(value as never) ?? ''

export const datas = (values: readonly ServerSentEvent[]): string[] => values.map(({ data }) => data)
export const textsOf = (values: readonly unknown[]): string[] => values.map(textOf)
/** How many of the chunks begin a message. */
export const rolesOf = (values: readonly ChatCompletionChunk[]): number =>
  values.filter(({ choices }) => choices[0]?.delta.role !== undefined).length

export const mismatchOf = (error: unknown): ReplayMismatch => (error as { mismatch: ReplayMismatch }).mismatch
