import { lastValueFrom, type Subscription, tap } from 'rxjs'
import {
  eventStreamSignals,
  type McpMessage,
  type McpResult,
  mcp,
  type StreamSignal,
  type TimeoutConfig,
  type Transport,
  values,
} from '../../../src/index.ts'

export const PROTOCOL = '2025-11-25'

const CLIENT = {
  protocolVersion: PROTOCOL,
  capabilities: { elicitation: {} },
  clientInfo: { name: 'rx-sse', version: '0' },
}

/** What a form asks for. */
interface Form {
  readonly properties?: Readonly<Record<string, { readonly default?: unknown }>>
}

export interface McpOptions {
  readonly transport?: Transport
  readonly timeout?: TimeoutConfig
}

/** A client's session over Streamable HTTP: a request ends with its response, whatever happens to the stream meanwhile. */
export class McpSession {
  readonly #url: string
  readonly #options: McpOptions
  #sessionId: string | undefined
  #protocol: string | undefined
  #requests = 0
  #feed: Subscription | undefined

  constructor(url: string, options: McpOptions = {}) {
    this.#url = url
    this.#options = options
  }

  async initialize(): Promise<void> {
    const { protocolVersion } = await this.request('initialize', CLIENT)
    this.#protocol = String(protocolVersion)
    await this.#send({ method: 'notifications/initialized' })
  }

  /** Resolves with the result. */
  async request(method: string, params: object = {}): Promise<McpResult['result']> {
    const id = ++this.#requests
    const messages = eventStreamSignals(this.#url, {
      ...this.#options,
      body: { jsonrpc: '2.0', id, method, params },
      headers: this.#headers(),
      dialect: mcp({ id }),
    }).pipe(
      tap((signal) => this.#onSignal(signal)),
      values(),
    )
    const { result } = await lastValueFrom(messages)
    if (result === undefined) throw new Error(`${method}: the last message is no result`)
    return result
  }

  /** Opens the stream that belongs to no request; resolves once it stands. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#feed = eventStreamSignals(this.#url, {
        ...this.#options,
        headers: this.#headers(),
        dialect: mcp({ listen: true }),
      }).subscribe({
        next: (signal) => {
          if (signal.type === 'open') resolve()
          this.#onSignal(signal)
        },
        error: reject,
      })
    })
  }

  close(): void {
    this.#feed?.unsubscribe()
  }

  #onSignal(signal: StreamSignal<McpMessage>): void {
    if (signal.type === 'open') this.#sessionId ??= signal.header('mcp-session-id')
    else if (signal.type === 'value') this.#onMessage(signal.value)
  }

  /** Accepts every form as it stands. */
  #onMessage({ id, method, params }: McpMessage): void {
    if (method !== 'elicitation/create') return
    const form = params?.requestedSchema as Form | undefined
    const fields = Object.entries(form?.properties ?? {})
    const content = Object.fromEntries(fields.map(([name, field]) => [name, field.default]))
    void this.#send({ id, result: { action: 'accept', content } })
  }

  /** Sends what has no response. */
  async #send(message: object): Promise<void> {
    const { ok, status } = await fetch(this.#url, {
      method: 'POST',
      headers: {
        ...this.#headers(),
        accept: 'application/json, text/event-stream',
        'content-type': 'application/json',
      },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
    })
    if (!ok) throw new Error(`expected 202 Accepted, got ${status}`)
  }

  #headers(): Record<string, string> {
    const headers: Record<string, string> = {}
    if (this.#sessionId !== undefined) headers['mcp-session-id'] = this.#sessionId
    if (this.#protocol !== undefined) headers['mcp-protocol-version'] = this.#protocol
    return headers
  }
}
