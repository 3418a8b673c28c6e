import { resolveConfig } from '../../src/config-resolve.ts'
import type { Dialect } from '../../src/dialects/dialect.ts'
import {
  continueWith,
  eventSource,
  firstOf,
  fromCursor,
  type Interruption,
  openaiChat,
  type ResumeStep,
  type ResumeStrategy,
  rawEvents,
  replay,
  restart,
} from '../../src/index.ts'
import type { DelayNotifier } from '../../src/session/backoff.ts'
import { Session } from '../../src/session/session.ts'
import type { SessionDeps, SessionSink } from '../../src/session/session-sink.ts'
import type { Outcome } from './log.ts'
import type { Answer, DialectName, Setup } from './setup.ts'

function dialectOf(name: DialectName): Dialect<unknown> {
  if (name === 'raw') return rawEvents()
  if (name === 'polling') return { ...rawEvents(), polls: true }
  if (name === 'feed') return eventSource()
  if (name === 'polling-feed') return { ...eventSource(), polls: true }
  const chat = name === 'chat' ? openaiChat() : openaiChat({ endMarker: 'finish_reason' })
  return chat as Dialect<unknown>
}

type Headers = Readonly<Record<string, string>>

export interface Callers {
  readonly signal: AbortSignal | undefined
  readonly headers: (info: {
    attempt: number
    lastEventId: string | undefined
  }) => Headers | PromiseLike<Headers>
  readonly notifier: DelayNotifier
  readonly resume: ResumeStrategy | 'auto' | 'never'
}

/** The one place where a session is made. */
export function openSession(
  setup: Setup,
  deps: SessionDeps,
  { signal, headers, notifier, resume }: Callers,
  sink: SessionSink<unknown>,
): Session<unknown> {
  const { method, timeout, idempotencyKey, lastEventId } = setup
  const { notifies, ...retry } = setup.retry
  const dialect = dialectOf(setup.dialect)
  const plan = resolveConfig<unknown>(
    'http://model.test/',
    { dialect, method, retry, resume, timeout, idempotencyKey, lastEventId, signal, headers },
    rawEvents,
  )
  // As for a config whose delay is a function.
  const notified = notifies ? { ...plan, retry: { ...plan.retry, delay: 0, notifier } } : plan
  return new Session(notified, deps, sink)
}

/** What a strategy is watched by. */
export interface StrategyHost {
  /** It is asked; which answer of the setup's is it? */
  asked(at: Interruption<unknown>): Answer
  promised(promise: Promised): void
}

/** A promise of the caller's, and how it is settled. */
export interface Promised {
  isPending: boolean
  settle(outcome: Outcome): void
}

const BROKEN = new Error('the promise is broken')

export function promiseOf<T>(value: T, bad: T): { promise: Promise<T>; promised: Promised } {
  let resolve: (value: T) => void = () => {}
  let reject: (reason: unknown) => void = () => {}
  const promise = new Promise<T>((resolved, rejected) => {
    resolve = resolved
    reject = rejected
  })
  const promised: Promised = {
    isPending: true,
    settle(outcome) {
      promised.isPending = false
      if (outcome === 'reject') reject(BROKEN)
      else resolve(outcome === 'bad' ? bad : value)
    },
  }
  return { promise, promised }
}

const NONSENSE = { type: 'nonsense' } as never

export function strategyOf(setup: Setup, host: StrategyHost): Callers['resume'] {
  const { name, maxKept } = setup.strategy
  let answer: Answer | undefined
  const given = <T>(value: T, bad: T): T | PromiseLike<T> => {
    if (answer?.later !== true) return value
    const { promise, promised } = promiseOf(value, bad)
    host.promised(promised)
    return promise
  }
  const watched = (strategy: ResumeStrategy): ResumeStrategy => ({
    ...strategy,
    resume(at) {
      answer = host.asked(at)
      return strategy.resume(at)
    },
  })
  switch (name) {
    case 'auto':
    case 'never':
      return name
    case 'replay':
      return watched(replay({ maxKept }))
    case 'firstOf':
      return watched(firstOf(fromCursor(), replay({ maxKept })))
    case 'restart':
      return watched(restart())
    case 'continueWith':
      return watched(
        continueWith(
          ({ values }) => {
            const step = answer?.step
            const rest = { body: { rest: values.length } }
            const bad = 'no request' as never
            if (step === 'append the same') return given({}, bad)
            return given(step === 'none' ? undefined : step === 'nonsense' ? bad : rest, bad)
          },
          { maxKept },
        ),
      )
    default:
      return watched({
        name: 'own',
        keeps: maxKept,
        resume: (at) => given(stepOf(answer?.step ?? 'none', at), NONSENSE),
      })
  }
}

function stepOf(step: Answer['step'], at: Interruption<unknown>): ResumeStep<unknown> | undefined {
  const { afterCursor: request } = at
  switch (step) {
    case 'continue':
      return request === undefined ? undefined : { type: 'continue', request }
    case 'unchecked':
      return { type: 'continue', request, unchecked: true }
    case 'replay':
      return at.values === undefined ? undefined : { type: 'replay' }
    case 'append':
      return { type: 'append', request: { body: { rest: at.events } } }
    case 'reset':
      return { type: 'reset' }
    case 'replay elsewhere':
      return at.values === undefined ? undefined : { type: 'replay', request: { body: { all: true } } }
    case 'reset elsewhere':
      return { type: 'reset', request: { body: { all: true } } }
    case 'append the same':
      return at.events % 2 === 0 ? { type: 'append' } : { type: 'append', request: {} }
    case 'none':
      return undefined
    default:
      return NONSENSE
  }
}
