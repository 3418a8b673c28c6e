import { type Channel, channel } from 'node:diagnostics_channel'
import type { SseError } from '../errors/sse-error.ts'
import type { RequestPlan } from '../session/plan.ts'
import type { Monitored, SessionMonitor, SessionOutcome, SessionSink } from '../session/session-sink.ts'
import type { DiagnosedStream, StreamMessages } from './messages.ts'

type Name = keyof StreamMessages

// Kept: Node forgets a channel that nobody holds, and with it who listens.
const channels: Readonly<Record<Name, Channel>> = {
  'rx-sse:start': /* @__PURE__ */ channel('rx-sse:start'),
  'rx-sse:open': /* @__PURE__ */ channel('rx-sse:open'),
  'rx-sse:retry': /* @__PURE__ */ channel('rx-sse:retry'),
  'rx-sse:end': /* @__PURE__ */ channel('rx-sse:end'),
}

/** Publishes the life of a session; `undefined` if nobody listens, to any of the channels, as it starts. */
export function publishLife(session: Monitored): SessionMonitor | undefined {
  const isHeard = Object.values(channels).some(({ hasSubscribers }) => hasSubscribers)
  return isHeard ? new PublishedLife(session) : undefined
}

// Frozen: all who listen get the same object, and one must not change it for the next.
function publish<N extends Name>(name: N, message: StreamMessages[N]): void {
  channels[name].publish(Object.freeze(message))
}

/** Of each value it hears nothing but the session's own count. */
class PublishedLife implements SessionMonitor {
  readonly #session: Monitored
  readonly #stream: DiagnosedStream
  readonly #startedAt = performance.now()
  #firstValueAt: number | undefined
  #attempts = 0
  #attemptAt = 0
  /** The session's count of values as the attempt began. */
  #countBefore = 0
  /** Delivered by the attempts before. */
  #eventsBefore = 0

  constructor(session: Monitored) {
    this.#session = session
    this.#countBefore = session.progress.events
    const { method, url, dialect } = session.plan
    this.#stream = Object.freeze({ url: publicUrl(url), method, dialect: dialect.name })
  }

  start(attempt: number, isContinuation: boolean): void {
    const lastEventId = this.#session.progress.cursor || undefined
    publish('rx-sse:start', { stream: this.#stream, attempt, isContinuation, lastEventId })
  }

  timing<T>(sink: SessionSink<T>): SessionSink<T> {
    const { signal } = sink
    const deliver = sink.value.bind(sink)
    const timed = {
      value: (value: T): void => {
        this.#firstValueAt ??= performance.now()
        timed.value = deliver
        deliver(value)
      },
      ...(signal === undefined ? undefined : { signal: signal.bind(sink) }),
      complete: sink.complete.bind(sink),
      error: sink.error.bind(sink),
    }
    return timed
  }

  attempt(): void {
    this.#eventsBefore += this.#attemptEvents
    this.#countBefore = this.#session.progress.events
    this.#attempts++
    this.#attemptAt = performance.now()
  }

  open(attempt: number, status: number, requestId: string | undefined): void {
    const elapsedMs = performance.now() - this.#attemptAt
    publish('rx-sse:open', { stream: this.#stream, attempt, status, requestId, elapsedMs })
  }

  reset(): void {
    this.#countBefore = 0
  }

  retry(attempt: number, error: SseError, delayMs: number, resume: string | undefined): void {
    const attemptEvents = this.#attemptEvents
    const events = this.#eventsBefore + attemptEvents
    publish('rx-sse:retry', { stream: this.#stream, attempt, error, delayMs, events, attemptEvents, resume })
  }

  end(outcome: SessionOutcome, error: SseError | undefined): void {
    const attemptEvents = this.#attemptEvents
    publish('rx-sse:end', {
      stream: this.#stream,
      outcome,
      error,
      attempts: this.#attempts,
      events: this.#eventsBefore + attemptEvents,
      attemptEvents,
      timeToFirstValueMs: this.#firstValueAt === undefined ? undefined : this.#firstValueAt - this.#startedAt,
      durationMs: performance.now() - this.#startedAt,
    })
  }

  get #attemptEvents(): number {
    return this.#session.progress.events - this.#countBefore
  }
}

/** A query holds keys as often as not. */
function publicUrl(url: RequestPlan['url']): string {
  const { origin, pathname } = new URL(url)
  return origin + pathname
}
