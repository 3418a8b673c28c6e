import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { listen } from './listen.ts'
import { perform } from './perform.ts'
import { planAnswer } from './plan.ts'
import type { FaultServer, RecordedRequest, Scenario } from './scenario.ts'
import { assertScenario } from './validate.ts'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * A real HTTP/1.1 server on 127.0.0.1 that streams a completion, and fails as its scenario says.
 *
 * The same scenario gives the same bytes: there is no `Date`, no random name, and no idle timeout of its own.
 * What is due before a fault arrives before it strikes. So an `rst` waits until it has, up to a fifth of a second with
 * a client that reads; with one that does not, 10 s, and then what has not arrived is lost.
 *
 * @throws TypeError for a wrong scenario, naming the place in it.
 */
export async function startFaultServer(scenario: Scenario = {}): Promise<FaultServer> {
  assertScenario(scenario)
  let current = { scenario, ordinal: 0 }
  const requests: RecordedRequest[] = []
  const exchanges = new Set<AbortController>()
  /** Answers that could not be given. Thrown where they came up they would end the process of the test. */
  const troubles: unknown[] = []
  const startedAt = performance.now()
  const now = (): number => performance.now() - startedAt

  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    const { scenario, ordinal } = current
    current.ordinal++
    const record: Mutable<RecordedRequest> = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: '',
      at: now(),
      clientGoneAt: undefined,
    }
    requests.push(record)
    const gone = new AbortController()
    exchanges.add(gone)
    let endedByUs = false
    response.on('close', () => {
      if (!response.writableFinished && !endedByUs && !listening.isClosed) record.clientGoneAt = now()
      exchanges.delete(gone)
      gone.abort()
    })
    // A write to a connection that is gone; `close` tells.
    response.on('error', () => {})
    const chunks: Buffer[] = []
    request.on('error', () => {})
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('close', () => {
      record.body ||= Buffer.concat(chunks).toString()
    })
    const onOurEnd = (): void => {
      endedByUs = true
    }
    const answer = async (): Promise<void> => {
      record.body = Buffer.concat(chunks).toString()
      const plan = planAnswer(scenario, { ordinal, lastEventId: lastEventIdOf(request) })
      await perform(plan, { response, gone: gone.signal, onOurEnd })
    }
    request.on('end', () => {
      answer().catch((error: unknown) => {
        troubles.push(error)
        onOurEnd()
        request.socket.destroy()
      })
    })
  }

  // A deadline of the server's own would be one more way to end, that no scenario asked for.
  const server = createServer(
    { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0, noDelay: true },
    onRequest,
  )
  const listening = await listen(server)

  return {
    url: listening.url,
    requests,
    get connections() {
      return listening.sockets.size
    },
    use(next) {
      assertScenario(next)
      current = { scenario: next, ordinal: 0 }
    },
    async close() {
      await listening.close(() => {
        for (const exchange of exchanges) exchange.abort()
      })
      if (troubles.length > 0) throw troubles[0]
    },
  }
}

/** [whatwg] sends the ID as UTF-8; Node reads every header as Latin-1. */
function lastEventIdOf({ headers }: IncomingMessage): string | undefined {
  const value = headers['last-event-id']
  return typeof value === 'string' ? Buffer.from(value, 'latin1').toString() : undefined
}
