import { Observable } from 'rxjs'
import { type DialectRow, dialectNamed } from './dialects.ts'
import {
  type Continuation,
  type EventStreamConfig,
  eventStreamSignals,
  fetchTransport,
  type StreamSignal,
} from './library.ts'
import { localApi } from './local-api.ts'
import { isFormProblem, parseOwnRequest } from './own-request.ts'
import { pageProblem } from './page-problem.ts'
import { createRecord, type WritableRecord } from './record.ts'
import { relayedTransport } from './relay.ts'
import { type Before, scenarioOf, sendsRest, tokensIn } from './scenario-of.ts'
import { bodyOf, type PlaceOfRest, patienceOf, resumeOf } from './strategies.ts'
import { tracingTransport } from './trace.ts'
import type { Face, Order, Resumption, Run, Settings, Surroundings, Trace } from './types.ts'

type Signals = Observable<StreamSignal<unknown>>

/** What an order comes down to. */
interface Request {
  readonly url: string
  readonly face: Face
  readonly dialect: DialectRow
  /** Where the bytes come from, for a fixture: nothing secret. */
  readonly source: string
  readonly config: EventStreamConfig<unknown>
}

async function playedAt(settings: Settings, surroundings: Surroundings, before?: Before): Promise<string> {
  const order = scenarioOf(settings, before)
  // To make ten thousand events is one long task, to write them as JSON another: the page lives in between.
  await new Promise((resolve) => setTimeout(resolve))
  return (await localApi(surroundings).scenario(order)).url
}

async function requestOf(
  order: Order,
  surroundings: Surroundings,
  from: Resumption | undefined,
  sent: () => number,
): Promise<Request> {
  if (order.type === 'own') return ownRequest(order, from)
  const { settings, prompt } = order
  const url = from?.url ?? (await playedAt(settings, surroundings))
  const placeOfRest: PlaceOfRest = async ({ text, values }) => {
    if (!sendsRest(settings)) return undefined
    const tokens = settings.dialect === 'raw' ? values.length : tokensIn(text, settings)
    return playedAt(settings, surroundings, { requests: sent(), tokens })
  }
  return {
    url,
    face: settings.face,
    dialect: dialectNamed(settings.dialect),
    source: `the embedded gateway, ${settings.death}`,
    config: {
      body: bodyOf(settings.dialect, prompt),
      resume: resumeOf(settings.strategy, settings.dialect, placeOfRest),
      ...patienceOf(settings),
    },
  }
}

function ownRequest({ form }: Extract<Order, { type: 'own' }>, from: Resumption | undefined): Request {
  const request = parseOwnRequest(form)
  if (isFormProblem(request)) throw pageProblem(request.what, request.doThis, request.field)
  const { url, method, headers, body } = request
  return {
    url: from?.url ?? url.href,
    face: form.face,
    dialect: dialectNamed(form.dialect),
    source: url.hostname,
    config: {
      method,
      headers,
      // Parsed, so that a strategy can ask for the rest of it.
      ...(body === undefined ? {} : { body: parsed(body) }),
      resume: resumeOf(form.strategy, form.dialect),
      retry: form.retries === '0' ? false : Number(form.retries),
    },
  }
}

function parsed(body: string): unknown {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value : body
  } catch {
    return body
  }
}

/** The continuation of a recorded stream is recorded too. */
function recordedSignal(signal: StreamSignal<unknown>, record: WritableRecord): StreamSignal<unknown> {
  if (signal.type !== 'connecting') return signal
  const { continuation } = signal
  const rest = Object.defineProperties(recorded(continuation, record), {
    isPossible: { get: () => continuation.isPossible },
    after: { get: () => continuation.after },
  }) as Continuation<unknown>
  // As on the signal itself, which is not to be changed: not enumerable.
  return Object.defineProperty({ ...signal }, 'continuation', { value: rest })
}

function recorded(source: Signals, record: WritableRecord): Signals {
  return new Observable((subscriber) => {
    let over = false
    const last = (tell: () => void): void => {
      over = true
      tell()
    }
    subscriber.add(() => {
      if (!over) record.stop()
    })
    subscriber.add(
      source.subscribe({
        next(signal) {
          record.signal(signal)
          subscriber.next(recordedSignal(signal, record))
        },
        error(error: unknown) {
          last(() => record.error(error))
          subscriber.error(error)
        },
        complete() {
          last(() => record.complete())
          subscriber.complete()
        },
      }),
    )
  })
}

/**
 * Prepares a run: has the embedded gateway play the settings, or reads the form. Nothing is sent to a server of the person's own
 * before {@link Run.signals$} is subscribed.
 *
 * Rejects with a {@link PageProblem}.
 *
 * @param from - begin here: after a reload
 */
export async function openRun(order: Order, surroundings: Surroundings, from?: Resumption): Promise<Run> {
  let requests = 0
  const { url, face, dialect, source, config } = await requestOf(order, surroundings, from, () => requests)
  const record = createRecord({ dialect: dialect.value, source, now: surroundings.now, epoch: Date.now() })
  const inner =
    face === 'node' ? relayedTransport(surroundings) : fetchTransport({ fetch: surroundings.fetch })
  const trace: Trace = (entry) => {
    if (entry.type === 'request') requests++
    record.trace(entry)
  }
  const signals = (): Signals =>
    eventStreamSignals(url, {
      ...config,
      dialect: dialect.make(),
      transport: tracingTransport(inner, trace, record.now),
      ...(from === undefined ? {} : { lastEventId: from.lastEventId }),
    })
  try {
    // A wrong option is said at the call, not in a subscription.
    signals()
  } catch (error) {
    throw pageProblem(`This request cannot be made: ${(error as Error).message}`, 'Correct it.')
  }
  return {
    url,
    signals$: new Observable((subscriber) => recorded(signals(), record).subscribe(subscriber)),
    textOf: dialect.textOf,
    record,
  }
}
