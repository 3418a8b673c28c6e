import { isDeepStrictEqual } from 'node:util'
import { resolveConfig } from '../../src/config-resolve.ts'
import { isCode } from '../../src/errors/codes.ts'
import {
  type Dialect,
  type EventStreamConfig,
  isSseError,
  type SseError,
  type Transport,
  type TransportFailure,
  type TransportSink,
} from '../../src/index.ts'
import { Session } from '../../src/session/session.ts'
import type { SessionSignal } from '../../src/session/signal.ts'
import { cutAt, VirtualClock } from '../fixtures/in-memory.ts'
import { hold, shown } from './mismatch.ts'

/** How a body stops. */
export const DEATHS = ['clean', 'closed', 'reset', 'stall', 'length', 'encoding'] as const
export type Death = (typeof DEATHS)[number]

const FAILURES: Readonly<Record<Exclude<Death, 'clean' | 'stall'>, TransportFailure>> = {
  closed: { code: 'stream_terminated', reason: 'socket_closed', message: 'the connection was closed' },
  reset: { code: 'stream_terminated', reason: 'socket_reset', message: 'the connection was reset' },
  length: { code: 'stream_terminated', reason: 'content_length', message: 'fewer bytes than promised' },
  encoding: {
    code: 'unsupported_encoding',
    message: 'a coding that cannot be decoded',
    reason: 'bad_encoding',
  },
}

/** What a server does with one request. */
export interface Response {
  readonly status: number
  readonly headers: ReadonlyMap<string, string>
  readonly body: Uint8Array
  readonly offsets: readonly number[]
  readonly death: Death
}

export const EVENT_STREAM: ReadonlyMap<string, string> = new Map([
  ['content-type', 'text/event-stream'],
  // Where a run, or a session, is asked for again.
  ['location', '/runs/1/stream'],
  ['mcp-session-id', 's1'],
])

export interface Request {
  readonly method: string
  readonly url: URL
  readonly cursor: string | undefined
}

/** What a consumer has seen, told by a session whose server and clock are played. */
export interface Seen {
  readonly values: unknown[]
  /** Those since the last `reset`. */
  readonly standing: unknown[]
  readonly signals: SessionSignal<unknown>['type'][]
  readonly requests: Request[]
  readonly completed: boolean
  readonly error: SseError | undefined
  readonly lastEventId: string | undefined
}

/** No deadline but `idle`, which ends a stalled body. */
const SILENT: EventStreamConfig<never>['timeout'] = { connect: 0, first: 0, idle: 1_000, stall: 0 }

const MAX_REQUESTS = 200

/** Runs a stream to its end, and holds what holds for any stream: one ending, typed, nothing after it, nothing left. */
export function play(
  dialect: Dialect<unknown, unknown>,
  config: Partial<EventStreamConfig<unknown>>,
  answer: (request: Request, nth: number) => Response,
  random: () => number = () => 0.5,
): Seen {
  const clock = new VirtualClock(0, 1_800_000_000_000)
  const values: unknown[] = []
  const standing: unknown[] = []
  const signals: SessionSignal<unknown>['type'][] = []
  const requests: Request[] = []
  let completed = false
  let error: SseError | undefined
  let endings = 0
  const plan = resolveConfig<unknown>(
    'http://fuzz.test/v1',
    { timeout: SILENT as never, dialect, ...config },
    () => dialect,
  )
  const transport = playedTransport((request) => {
    requests.push(request)
    hold(requests.length <= MAX_REQUESTS, 'requests have an end')
    return answer(request, requests.length - 1)
  })
  const session: Session<unknown> = new Session<unknown>(
    plan,
    { transport, clock, random },
    {
      value: (value) => {
        hold(endings === 0, 'no value after the end')
        values.push(value)
        standing.push(value)
      },
      signal: (signal) => {
        hold(endings === 0, 'no signal after the end', () => signal.type)
        signals.push(signal.type)
        if (signal.type === 'reset') standing.length = 0
        else if (signal.type === 'waiting') checkError(signal.error)
      },
      complete: () => {
        completed = true
        endings++
      },
      error: (thrown) => {
        error = thrown
        endings++
      },
    },
  )
  session.start()
  for (let step = 0; endings === 0 && step < 10_000 && clock.step(); step++);
  hold(endings === 1, 'exactly one ending', () => `${endings}`)
  hold(clock.pending === 0, 'no timer is left', () => `${clock.pending}`)
  if (error !== undefined) {
    checkError(error)
    hold(error.events === standing.length, 'error.events counts the values', () =>
      shown({ events: error?.events, values: standing.length }),
    )
  }
  return { values, standing, signals, requests, completed, error, lastEventId: session.lastEventId }
}

const isTextOrNone = (value: unknown): boolean => value === undefined || typeof value === 'string'

/** What holds for any error, whatever a server has put into it. */
export function checkError(error: SseError): void {
  hold(isSseError(error) && error instanceof Error, 'an ending is an SseError')
  hold(isCode(error.code), 'the code is a row of the table', () => shown(error.code))
  const kinds = ['request_failed', 'stream_error', 'stream_terminated']
  hold(kinds.includes(error.kind), 'the kind is known', () => error.kind)
  hold(typeof error.message === 'string' && error.message !== '', 'there is a message')
  hold(typeof error.type === 'string', 'type is text', () => shown(error.type))
  hold(typeof error.retryable === 'boolean' && typeof error.resumable === 'boolean', 'verdicts are yes or no')
  hold(isTextOrNone(error.requestId), 'requestId is text', () => shown(error.requestId))
  hold(isTextOrNone(error.lastEventId), 'lastEventId is text', () => shown(error.lastEventId))
  const { retryAfterMs, status } = error
  hold(
    retryAfterMs === undefined || (Number.isFinite(retryAfterMs) && retryAfterMs >= 0),
    'retryAfterMs is a number of milliseconds',
    () => String(retryAfterMs),
  )
  hold(status === undefined || Number.isInteger(status), 'status is a number')
  hold(Number.isInteger(error.bytes) && error.bytes >= 0, 'bytes is a number')
  if (error.kind === 'stream_terminated') {
    hold(isTextOrNone(error.leftover), 'leftover is text')
    hold((error.leftover?.length ?? 0) <= 804, 'leftover is short', () => `${error.leftover?.length}`)
    hold(typeof error.reason === 'string', 'there is a reason')
  }
  const json = JSON.stringify(error)
  hold(typeof json === 'string' && isDeepStrictEqual(JSON.parse(json).code, error.code), 'it is JSON')
}

/** A transport without a network: answers at once, in the same call. */
export function playedTransport(answer: (request: Request) => Response): Transport {
  return {
    name: 'played',
    send({ method, url, headers }, sink) {
      const header = headers.get('last-event-id')
      const cursor =
        (header === undefined ? undefined : Buffer.from(header, 'latin1').toString('utf8')) ??
        url.searchParams.get('last_event_id') ??
        url.searchParams.get('starting_after') ??
        undefined
      const state = { left: false }
      const leave = (): void => {
        state.left = true
      }
      deliver(answer({ method, url, cursor }), sink, state)
      return { pause() {}, resume() {}, abort: leave, release: leave }
    },
  }
}

function deliver(response: Response, sink: TransportSink, state: { left: boolean }): void {
  const { status, headers, body, offsets, death } = response
  sink.onConnected()
  sink.onHead({ status, header: (name) => headers.get(name) })
  for (const chunk of cutAt(body, offsets)) if (!state.left) sink.onChunk(chunk)
  if (state.left || death === 'stall') return
  if (death === 'clean') sink.onEnd()
  else sink.onFailure(FAILURES[death])
}
