import { lastValueFrom, type Subscription, tap } from 'rxjs'
import {
  eventStreamSignals,
  fromEventStream,
  type TimeoutConfig,
  type Transport,
  undiciTransport,
} from '../../../src/index.ts'
import { ACCEPT, type Message, mcp, mcpFeed, PROTOCOL } from './mcp-dialect.ts'
import { jsonAsEvent, seeing } from './mcp-transport.ts'

const CLIENT = {
  protocolVersion: PROTOCOL,
  capabilities: { elicitation: {} },
  clientInfo: { name: 'rx-sse', version: '0' },
}

export interface McpOptions {
  readonly transport?: Transport
  readonly timeout?: TimeoutConfig
}

/** A client's session over Streamable HTTP: a request ends with its response, whatever happens to the stream meanwhile. */
export class McpSession {
  readonly #url: string
  readonly #transport: Transport
  readonly #timeout: TimeoutConfig | undefined
  #sessionId: string | undefined
  #protocol: string | undefined
  #requests = 0
  #feed: Subscription | undefined

  constructor(url: string, { transport = undiciTransport(), timeout }: McpOptions = {}) {
    this.#url = url
    this.#timeout = timeout
    const onHeader = (header: (name: string) => string | undefined): void => {
      this.#sessionId ??= header('mcp-session-id')
    }
    this.#transport = jsonAsEvent(seeing(onHeader, transport))
  }

  async initialize(): Promise<void> {
    const { result } = await this.request('initialize', CLIENT)
    this.#protocol = result?.protocolVersion
    await this.#send({ method: 'notifications/initialized' })
  }

  /** Resolves with the response. */
  request(method: string, params: object = {}): Promise<Message> {
    const id = ++this.#requests
    const messages = fromEventStream(this.#url, {
      body: { jsonrpc: '2.0', id, method, params },
      headers: this.#headers(),
      dialect: mcp(id),
      transport: this.#transport,
      timeout: this.#timeout,
    })
    return lastValueFrom(messages.pipe(tap((message) => this.#onMessage(message))))
  }

  /** Opens the stream that belongs to no request; resolves once it stands. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      const signals = eventStreamSignals(this.#url, {
        headers: this.#headers(),
        dialect: mcpFeed(),
        transport: this.#transport,
      })
      this.#feed = signals.subscribe({
        next: (signal) => {
          if (signal.type === 'open') resolve()
          else if (signal.type === 'value') this.#onMessage(signal.value)
        },
        error: reject,
      })
    })
  }

  close(): void {
    this.#feed?.unsubscribe()
  }

  /** Accepts every form as it stands. */
  #onMessage({ id, method, params }: Message): void {
    if (method !== 'elicitation/create') return
    const fields = Object.entries(params?.requestedSchema?.properties ?? {})
    const content = Object.fromEntries(fields.map(([name, field]) => [name, field.default]))
    void this.#send({ id, result: { action: 'accept', content } })
  }

  /** Sends what has no response. */
  async #send(message: object): Promise<void> {
    const { ok, status } = await fetch(this.#url, {
      method: 'POST',
      headers: { ...this.#headers(), 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    })
    if (!ok) throw new Error(`expected 202 Accepted, got ${status}`)
  }

  #headers(): Record<string, string> {
    const headers: Record<string, string> = { accept: ACCEPT }
    if (this.#sessionId !== undefined) headers['mcp-session-id'] = this.#sessionId
    if (this.#protocol !== undefined) headers['mcp-protocol-version'] = this.#protocol
    return headers
  }
}
