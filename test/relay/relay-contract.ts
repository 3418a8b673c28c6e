import { connect, createServer, type Socket } from 'node:net'
import { lastValueFrom, take, toArray } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import {
  type ChatCompletionChunk,
  type EventStreamConfig,
  eventStreamSignals,
  fromEventStream,
  openaiChat,
  text,
} from '../../src/index.ts'
import {
  COMPLETION_TEXT,
  type FaultServer,
  gatewayError,
  scenarios,
  startFaultServer,
} from '../../src/testing/index.ts'
import { fetchTransport } from '../../src/transport/fetch.ts'
import { collect } from '../collect.ts'

/** A relay under test. */
export interface Relay {
  /** Where a completion is asked for, by POST. */
  readonly url: string
  close(): Promise<unknown>
}

export interface RelayContractOptions {
  /** Whether what fails before the first value is answered with a status. Default: true. */
  readonly answersWithStatus?: boolean
}

const chat = openaiChat()

type More = Omit<EventStreamConfig<ChatCompletionChunk>, 'dialect'>

/** As a page would ask: the same dialect as for the gateway, over `fetch`. */
const asking = (more: More = {}) => ({
  body: { messages: [] },
  dialect: chat,
  transport: fetchTransport(),
  retry: false as const,
  ...more,
})

const ERROR = { code: 'model_overloaded', message: 'node gpu-17.internal is busy, account acct_internal' }

/**
 * What holds of a relay, whatever serves it: the same answer as the gateway's, the same failures with nothing internal in
 * them, and no request that outlives its reader.
 *
 * @param start - starts a relay of the gateway with this URL, its heartbeats at most 50 ms apart
 */
export function relayContract(
  name: string,
  start: (gateway: string) => Promise<Relay>,
  { answersWithStatus = true }: RelayContractOptions = {},
): void {
  describe(`${name} relays a completion`, () => {
    let gateway: FaultServer
    let relay: Relay

    beforeAll(async () => {
      gateway = await startFaultServer()
      relay = await start(`${gateway.url}/v1/chat/completions`)
    })
    afterAll(async () => {
      await relay?.close()
      await gateway?.close()
    })

    const ask = (more?: More) => collect(fromEventStream(relay.url, asking(more)).pipe(text(chat)))

    it('to its end, word for word', async () => {
      gateway.use(scenarios.whole)
      const { values, completed } = await ask()
      expect(completed).toBe(true)
      expect(values.join('')).toBe(COMPLETION_TEXT)
    })

    it('to the end that the gateway reports in the middle, with nothing internal in it', async () => {
      gateway.use({
        answers: [
          {
            headers: { 'x-request-id': 'req_internal', 'x-internal': 'internal' },
            fault: { type: 'in-band-error', after: { events: 5 }, error: ERROR },
          },
        ],
      })
      const { values, error } = await ask()
      expect(values.join('')).toBe('A stream that stops')
      expect(error).toMatchObject({
        kind: 'stream_error',
        code: 'model_overloaded',
        retryable: true,
        message: 'the model is overloaded',
      })

      const response = await fetch(relay.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"messages":[]}',
      })
      expect(response.headers.get('content-type')).toMatch(/^text\/event-stream/)
      expect(response.headers.get('cache-control')).toMatch(/no-cache.*no-transform/)
      const said = `${await response.text()}${JSON.stringify([...response.headers])}`
      expect(said).toContain('event: error\n')
      expect(said).not.toContain('[DONE]')
      expect(said).not.toMatch(/internal/)
      expect(said).not.toContain(new URL(gateway.url).port)
    })

    it('to the end that nobody reports: a cut', async () => {
      gateway.use(scenarios.fin)
      const { values, error } = await ask()
      expect(values.join('')).toBe('A stream that stops')
      expect(error).toMatchObject({ kind: 'stream_error', code: 'stream_terminated', retryable: true })
    })

    it(`that has not begun, as ${answersWithStatus ? 'a status, but none about the login of the reader' : 'an event'}`, async () => {
      gateway.use({ answers: [gatewayError('invalid_api_key', { message: 'key sk-internal is wrong' })] })
      const { error } = await ask()
      expect(error).toMatchObject({
        kind: answersWithStatus ? 'request_failed' : 'stream_error',
        status: answersWithStatus ? 502 : 200,
        code: 'invalid_api_key',
        retryable: false,
        message: 'the API key is malformed or invalid',
      })
    })

    it('until its reader goes: then the gateway sees that, too', async () => {
      gateway.use(scenarios.stall)
      const before = gateway.requests.length
      const values = await lastValueFrom(fromEventStream(relay.url, asking()).pipe(take(4), toArray()))
      expect(values.length).toBe(4)
      const { clientGoneAt } = await gateway.abandoned(before + 1)
      expect(clientGoneAt).toBeGreaterThan(0)
    })

    it('until its reader goes before anything came', async () => {
      gateway.use(scenarios['no-answer'])
      const number = gateway.requests.length + 1
      const subscription = fromEventStream(relay.url, asking()).subscribe()
      await gateway.received(number)
      subscription.unsubscribe()
      const { clientGoneAt } = await gateway.abandoned(number)
      expect(clientGoneAt).toBeGreaterThan(0)
    })

    it('through silence, with comments', async () => {
      gateway.use(scenarios.stall)
      const abort = new AbortController()
      const response = await fetch(relay.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"messages":[]}',
        signal: abort.signal,
      })
      let said = ''
      for await (const piece of response.body!.pipeThrough(new TextDecoderStream())) {
        said += piece
        // Of the silence behind what was said.
        if (/data:[^\n]*\n\n(?::[^\n]*\n\n){2}$/.test(said)) break
      }
      expect(said).toMatch(/stops.*\n\n:/)
      abort.abort()
    })

    it('after its reader was cut off, from where that was', async () => {
      gateway.use({ ids: true, answers: [{ paceMs: 5 }] })
      const before = gateway.requests.length
      const cut = await cutOnce(relay.url)
      const { values, completed } = await collect(
        fromEventStream(cut.url, asking({ retry: { count: 2, delay: 1 } })).pipe(text(chat)),
      )
      expect(completed).toBe(true)
      expect(values.join('')).toBe(COMPLETION_TEXT)
      const [first, second] = gateway.requests.slice(before)
      expect(first?.headers['last-event-id']).toBeUndefined()
      expect(second?.headers['last-event-id']).toMatch(/^\d+$/)
    })

    it('after a reload, from where the page was', async () => {
      gateway.use({ ids: true })
      const signals = await lastValueFrom(eventStreamSignals(relay.url, asking()).pipe(take(7), toArray()))
      const shown = signals.filter((signal) => signal.type === 'value')
      expect(shown.length).toBeGreaterThan(2)
      const { values } = await ask({ lastEventId: shown.at(-1)!.lastEventId })
      expect(shown.map(({ value }) => chat.text(value)).join('') + values.join('')).toBe(COMPLETION_TEXT)
    })
  })
}

/** In front of a server: cuts the first connection in the middle of its answer. */
async function cutOnce(target: string): Promise<{ readonly url: string }> {
  const { port, pathname } = new URL(target)
  const sockets = new Set<Socket>()
  let first = true
  const proxy = createServer((client) => {
    const server = connect(Number(port), '127.0.0.1')
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        client.destroy()
        server.destroy()
      })
    }
    const isCut = first
    first = false
    let said = ''
    server.on('data', (chunk) => {
      client.write(chunk)
      said += chunk
      if (isCut && said.includes('" that"')) client.destroy()
    })
    client.pipe(server)
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy()
    proxy.close()
  })
  return { url: `http://127.0.0.1:${(proxy.address() as { port: number }).port}${pathname}` }
}
