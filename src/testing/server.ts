import { createServer } from 'node:net'
import { createCertificate, type KeyAndCertificate } from './certificate.ts'
import { type Connect, plain, secured } from './connection.ts'
import { corsHeaders, isPreflight, preflightHead } from './cors.ts'
import { createHttp1 } from './http1.ts'
import { createHttp2 } from './http2.ts'
import { Journal } from './journal.ts'
import { listen } from './listen.ts'
import { type LoadedScenario, loadFixtures } from './load-fixtures.ts'
import { perform } from './perform.ts'
import { planAnswer } from './plan.ts'
import type { FaultServer, FaultServerOptions, RecordedRequest, Scenario } from './scenario.ts'
import { assertOptions, assertScenario, assertServable } from './validate.ts'
import type { Exchange, OnMisfit } from './wire.ts'

/** As it is now: fake timers put another in its place. */
const clock = performance.now.bind(performance)

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * A real server on 127.0.0.1 that streams a completion, and fails as its scenario says: over HTTP/1.1 or HTTP/2, with
 * TLS or without.
 *
 * The same scenario gives the same bytes: there is no `Date`, no random name, and no idle timeout of its own.
 * What is due before a fault arrives before it strikes: a fault waits for a client that does not read. So an `rst` takes up
 * to a fifth of a second with a client that reads; what the systems' buffers alone hold is given up after 10 s.
 *
 * Does not look at the method or the path: every request gets the scenario's next answer.
 *
 * @throws TypeError for a wrong scenario or option, or a fault that the wire cannot have, naming the place.
 */
export async function startFaultServer(
  scenario: Scenario = {},
  options: FaultServerOptions = {},
): Promise<FaultServer> {
  assertOptions(options)
  const load = (given: Scenario) => ({ scenario: loadScenario(given, options), ordinal: 0 })
  let current = load(scenario)
  const journal = new Journal()
  const server = await startRoutedServer((request) => {
    const { scenario, ordinal } = current
    current.ordinal++
    const progress = journal.add(request)
    return {
      answer() {
        progress.reached('received')
        return { scenario, ordinal }
      },
      onOver() {
        if (request.clientGoneAt !== undefined) progress.reached('abandoned')
        progress.over('its answer was over')
      },
    }
  }, options)
  const close = async (): Promise<void> => {
    journal.end('the server was closed')
    await server.close()
  }
  return {
    url: server.url,
    certificate: server.certificate,
    requests: journal.requests,
    get connections() {
      return server.connections
    },
    use(next) {
      current = load(next)
    },
    received: (number) => journal.when(number, 'received'),
    abandoned: (number) => journal.when(number, 'abandoned'),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/**
 * A scenario that a server with these options can play, its files read.
 *
 * @throws TypeError for a wrong scenario, or a fault that the wire cannot have, naming the place.
 */
export function loadScenario(scenario: Scenario, options: FaultServerOptions): LoadedScenario {
  assertScenario(scenario)
  assertServable(scenario, options)
  // What the caller changes later has not been looked at.
  return loadFixtures(structuredClone(scenario), options.baseDirectory ?? process.cwd())
}

/** What becomes of a request. */
export interface Turn {
  /** What it gets, and the how manieth of its answers. Asked once, when the request has been read: its body may decide. */
  answer(): { readonly scenario: LoadedScenario; readonly ordinal: number }
  /** Called once: the answer is over, or its connection is. */
  onOver?(): void
}

/** A fault server of several scenarios: for each request it is asked anew. With options that are right. */
export async function startRoutedServer(
  route: (request: RecordedRequest) => Turn,
  options: FaultServerOptions,
  onMisfit: OnMisfit = () => {},
): Promise<Pick<FaultServer, 'url' | 'certificate' | 'connections' | 'close'>> {
  const { protocol = 'http/1.1', tls = false, port = 0, cors = false } = options
  const exchanges = new Set<AbortController>()
  /** Answers that could not be given. Thrown where they came up they would end the process of the test. */
  const troubles: unknown[] = []
  const startedAt = clock()
  const now = (): number => clock() - startedAt

  const onExchange = (exchange: Exchange): void => {
    if (cors && isPreflight(exchange)) {
      exchange.body.resume()
      exchange.head(preflightHead(exchange), undefined, 'chunked')
      exchange.end()
      return
    }
    const { protocol, method, url, headers } = exchange
    const record: Mutable<RecordedRequest> = {
      protocol,
      method,
      url,
      headers,
      body: '',
      at: now(),
      clientGoneAt: undefined,
    }
    const turn = route(record)
    const gone = new AbortController()
    exchanges.add(gone)
    let endedByUs = false
    const onOurEnd = (): void => {
      endedByUs = true
    }
    exchange.onClose(() => {
      if (!exchange.isFinished && !endedByUs && !listening.isClosed) record.clientGoneAt = now()
      exchanges.delete(gone)
      gone.abort()
      turn.onOver?.()
    })
    const chunks: Buffer[] = []
    exchange.body.on('data', (chunk: Buffer) => chunks.push(chunk))
    exchange.body.on('close', () => {
      record.body ||= Buffer.concat(chunks).toString()
    })
    const answer = async (): Promise<void> => {
      record.body = Buffer.concat(chunks).toString()
      const { scenario, ordinal } = turn.answer()
      const plan = planAnswer(scenario, { ordinal, lastEventId: lastEventIdOf(headers) })
      const head = plan.head && {
        ...plan.head,
        headers: [...plan.head.headers, ...(cors ? corsHeaders(exchange, plan.head.headers) : [])],
      }
      await perform({ ...plan, head }, { exchange, gone: gone.signal, onOurEnd })
    }
    exchange.body.on('end', () => {
      answer().catch((error: unknown) => {
        troubles.push(error)
        onOurEnd()
        exchange.destroy()
      })
    })
  }

  const keyAndCertificate = tls === true ? createCertificate() : tls === false ? undefined : tls
  const speak = (protocol === 'h2' ? createHttp2 : createHttp1)(onExchange, onMisfit)
  const connect = keyAndCertificate === undefined ? plain : securedOrRefused(keyAndCertificate, protocol)
  const listening = await listen(
    createServer({ noDelay: true, allowHalfOpen: true }, (tcp) => {
      // A connection that is lost; `close` tells.
      tcp.on('error', () => {})
      connect(tcp, speak, onMisfit)
    }),
    port,
  )

  return {
    url: keyAndCertificate === undefined ? listening.url : listening.url.replace('http:', 'https:'),
    certificate: keyAndCertificate?.cert,
    get connections() {
      return listening.sockets.size
    },
    async close() {
      await listening.close(() => {
        for (const exchange of exchanges) exchange.abort()
      })
      if (troubles.length > 0) throw troubles[0]
    },
  }
}

function securedOrRefused(pair: KeyAndCertificate, protocol: string): Connect {
  try {
    return secured(pair, protocol)
  } catch (error) {
    throw new TypeError(
      `options.tls: key and cert are no pair that can be used (${(error as Error).message})`,
    )
  }
}

/** [whatwg] sends the ID as UTF-8; Node reads every header as Latin-1. */
export function lastEventIdOf(headers: Exchange['headers']): string | undefined {
  const value = headers['last-event-id']
  return typeof value === 'string' ? Buffer.from(value, 'latin1').toString() : undefined
}
