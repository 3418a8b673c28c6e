import { getEventListeners } from 'node:events'
import type { Interruption, SseError } from '../../src/index.ts'
import type { Session } from '../../src/session/session.ts'
import { openSession, type Promised, promiseOf, type StrategyHost, strategyOf } from './caller-code.ts'
import { type ControlledExchange, ControlledTransport } from './controlled-transport.ts'
import { FakeNotifier, FakeWakeups } from './fakes.ts'
import type { Entry, EntryType, ErrorEntry, Outcome, Reaction, Unstamped } from './log.ts'
import { ManualClock } from './manual-clock.ts'
import type { Answer, Setup } from './setup.ts'
import { BROKEN, type HeadSpec, type Step } from './steps.ts'

const REASON = new Error("the caller's own reason")
const UUID = /^([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})(-[\d.-]+)?$/

/** A real session with everything around it in the hands of the test. */
export class Rig implements StrategyHost {
  readonly setup: Setup
  readonly clock: ManualClock = new ManualClock()
  readonly transport: ControlledTransport = new ControlledTransport((exchange) => this.#onSend(exchange))
  readonly notifier: FakeNotifier = new FakeNotifier((error, failures) => this.#onNotified(error, failures))
  readonly wakeups: FakeWakeups = new FakeWakeups()
  readonly promises: { readonly headers: Promised[]; readonly strategy: Promised[] } = {
    headers: [],
    strategy: [],
  }
  /** What has happened so far. */
  readonly log: Entry[] = []
  readonly session: Session<unknown>
  reaction: Reaction | undefined
  /** What the transport does inside the next `send`. */
  atSend: readonly Step[] = []
  readonly #controller = new AbortController()
  #key: string | undefined
  #asked = 0
  /** What the notifier was given for the wait that is told next. */
  #waitsFor: { readonly notified?: SseError } = {}
  #stopped = false

  constructor(setup: Setup) {
    this.setup = setup
    if (setup.signal === 'aborted') this.abort()
    const { clock, transport, wakeups } = this
    const random = (): number => setup.randoms[transport.exchanges.length % setup.randoms.length] as number
    this.session = openSession(
      setup,
      { transport, clock, random, wakeups: wakeups.listen },
      {
        signal: setup.signal === 'none' ? undefined : this.#controller.signal,
        headers: ({ attempt, lastEventId }) => {
          this.#record({ type: 'headers', attempt, lastEventId })
          if (setup.headersLater[attempt % setup.headersLater.length] !== true) return {}
          const { promise, promised } = promiseOf<Record<string, string>>({}, { 'no name': '' })
          this.promises.headers.push(promised)
          return promise
        },
        notifier: this.notifier.subscribe,
        resume: strategyOf(setup, this),
      },
      {
        value: (value) => this.#record({ type: 'value', value, lastEventId: this.session.lastEventId }),
        signal: (signal) => {
          if (signal.type === 'waiting') {
            const { notified } = this.#waitsFor
            if (notified !== undefined && notified !== signal.error)
              throw new Error('the notifier is given another error than is told')
            this.#waitsFor = {}
            this.#record({ ...signal, error: this.#entryOf(signal.error) })
          } else if (signal.type === 'open') {
            const { type, attempt, status, requestId } = signal
            this.#record({ type, attempt, status, requestId })
          } else this.#record({ ...signal })
        },
        complete: () => this.#record({ type: 'complete' }),
        error: (error) => this.#record({ type: 'error', error: this.#entryOf(error) }),
      },
    )
  }

  asked({ error, events, values, continuations, afterCursor }: Interruption<unknown>): Answer {
    const { answers } = this.setup.strategy
    const answer = answers[this.#asked++ % answers.length] as Answer
    const id = afterCursor?.headers?.['last-event-id']
    this.#record({
      type: 'asked',
      events,
      continuations,
      kept: values?.length,
      afterCursor: id === undefined ? undefined : textOf(String(id)),
      error: this.#entryOf(error),
    })
    return answer
  }

  promised(promise: Promised): void {
    this.promises.strategy.push(promise)
  }

  /** Whether anything can happen but by a call. */
  get hasPromises(): boolean {
    return this.promises.headers.length + this.promises.strategy.length > 0
  }

  /** The oldest promise that is still open. */
  settle(whose: 'headers' | 'strategy', outcome: Outcome): void {
    this.promises[whose].find(({ isPending }) => isPending)?.settle(outcome)
  }

  /** Unsubscribes. */
  stop(): void {
    this.#stopped = true
    this.session.stop()
  }

  abort(): void {
    this.#controller.abort(REASON)
  }

  /** Listeners left on the caller's signal. */
  get listeners(): number {
    return getEventListeners(this.#controller.signal, 'abort').length
  }

  /** The exchange of the last request. */
  get exchange(): ControlledExchange | undefined {
    return this.transport.exchanges.at(-1)
  }

  play({ sink }: ControlledExchange, step: Step): void {
    switch (step.do) {
      case 'connected':
        sink.onConnected()
        break
      case 'connecting':
        sink.onConnecting?.()
        break
      case 'received':
        sink.onReceived?.()
        break
      case 'head':
        sink.onHead({ status: step.head.status, header: (name) => headerOf(step.head, name) })
        break
      case 'chunk':
      case 'error body': {
        const bytes = step.bytes.slice()
        sink.onChunk(bytes)
        // A chunk is valid during the call only.
        bytes.fill(0)
        break
      }
      case 'end':
        sink.onEnd()
        break
      case 'failure':
        sink.onFailure(BROKEN[step.breakage].failure)
        break
    }
  }

  #onSend(exchange: ControlledExchange): void {
    const { method, headers, body } = exchange.request
    const id = headers.get('last-event-id')
    this.#record({
      type: 'request',
      method,
      lastEventId: id === undefined ? undefined : textOf(id),
      key: this.#keyOf(headers.get('idempotency-key')),
      body: body === undefined ? undefined : String(body),
    })
    const steps = this.atSend
    this.atSend = []
    for (const step of steps) this.play(exchange, step)
  }

  #onNotified(error: SseError, failures: number): void {
    this.#waitsFor = { notified: error }
    this.#record({ type: 'notified', failures })
  }

  /** A random key is known by being the same each time. */
  #keyOf(key: string | undefined): string | undefined {
    const [, random, suffix = ''] = UUID.exec(key ?? '') ?? []
    this.#key ??= random
    return this.setup.idempotencyKey === true && random !== undefined && random === this.#key
      ? `random${suffix}`
      : key
  }

  #record(entry: Unstamped<Entry>): void {
    if (this.#stopped) throw new Error(`${entry.type} after it was unsubscribed`)
    this.log.push({ at: this.clock.now(), ...entry } as Entry)
    this.#checkNothingLeft(entry.type)
    const { reaction } = this
    if (reaction?.on !== entry.type) return
    this.reaction = undefined
    if (reaction.do === 'stop') this.stop()
    else if (reaction.do === 'abort') this.abort()
    else if (reaction.do === 'pause') this.session.pause()
    else throw new Error('thrown on purpose')
  }

  /** Whoever is told of an end may rely on it inside the call. */
  #checkNothingLeft(type: EntryType): void {
    const { held } = this.transport
    if (type === 'waiting' && held.length > 0) throw new Error('it waits with an exchange in hand')
    if (type !== 'complete' && type !== 'error') return
    if (held.length > 0) throw new Error('at its end an exchange is neither aborted nor released')
    if (this.clock.pending > 0) throw new Error(`at its end ${this.clock.pending} timers are left`)
    if (this.listeners > 0) throw new Error("at its end a listener is left on the caller's signal")
    if (this.wakeups.listeners > 0) throw new Error('at its end it listens for wake-ups')
    if (this.notifier.left > 0) throw new Error('at its end it listens to a notifier')
  }

  #entryOf(error: SseError): ErrorEntry {
    const { kind, code, retryable, resumable, status, requestId, retryAfterMs } = error
    const isTerminated = error.kind === 'stream_terminated'
    const { attempt, events, bytes, lastEventId, cause } = error
    return {
      kind,
      code,
      reason: isTerminated ? error.reason : undefined,
      retryable,
      resumable,
      status,
      requestId,
      retryAfterMs,
      mismatch: isTerminated ? error.mismatch : undefined,
      attempt,
      events,
      bytes,
      lastEventId,
      isCallers: cause === REASON,
    }
  }
}

/** Of a header, which carries the bytes. */
const textOf = (header: string): string => Buffer.from(header, 'latin1').toString('utf8')

function headerOf(head: HeadSpec, name: string): string | undefined {
  const { contentType, retryAfterMs, shouldRetry, requestId } = head
  const headers: Readonly<Record<string, string | undefined>> = {
    'content-type': contentType,
    // As the one header or as the other.
    ...(retryAfterMs !== undefined && retryAfterMs % 1_000 === 0
      ? { 'retry-after': String(retryAfterMs / 1_000) }
      : { 'retry-after-ms': retryAfterMs?.toString() }),
    'x-should-retry': shouldRetry?.toString(),
    'x-request-id': requestId,
  }
  return headers[name]
}
