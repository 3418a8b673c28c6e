import { type Dialect, done, failed, ignored, type ServerSentEvent } from '../../../src/index.ts'

/** The parts of a JSON-RPC message that are looked at here. */
export interface Message {
  readonly id?: number | string
  readonly method?: string
  readonly params?: {
    readonly progress?: number
    readonly requestedSchema?: {
      readonly properties: Readonly<Record<string, { readonly default?: unknown }>>
    }
  }
  readonly result?: {
    readonly content?: readonly { readonly text: string }[]
    readonly protocolVersion?: string
    readonly serverInfo?: { readonly name: string }
    readonly tools?: readonly Tool[]
  }
  readonly error?: { readonly code: number; readonly message: string }
}

interface Tool {
  readonly name: string
  readonly inputSchema: { readonly properties?: Readonly<Record<string, unknown>> }
}

export const PROTOCOL = '2025-11-25'
export const ACCEPT = 'application/json, text/event-stream'

/** An event without data primes: it brings an ID to resume from, and no message. */
const read = ({ data }: ServerSentEvent): Message | typeof ignored =>
  data === '' ? ignored : JSON.parse(data)

/**
 * Streamable HTTP (https://modelcontextprotocol.io/specification/2025-11-25/basic/transports): every message is a value, and
 * the response to the request `id` is the last. Whatever the request was, its stream is resumed by GET.
 */
export const mcp = (id: number): Dialect<Message> => ({
  name: 'mcp',
  read(event) {
    const message = read(event)
    if (!('id' in message) || message.id !== id || message.method !== undefined) return message
    if (message.error !== undefined) return failed({ ...message.error, payload: message })
    return done(message)
  },
  resume: () => ({ method: 'GET' }),
  // "The client MUST respect the retry field": a server lets its clients poll by ending after one.
  polls: true,
})

/** The stream that belongs to no request, and has no last message. */
export const mcpFeed = (): Dialect<Message> => ({ name: 'mcp-feed', read, endless: true, polls: true })
