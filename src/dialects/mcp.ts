import { errorInPayload } from '../errors/envelope.ts'
import type { UpstreamError } from '../errors/failure.ts'
import type { Json } from '../errors/json.ts'
import { rowOfUpstream } from '../errors/lookup.ts'
import { refuseUnknown, show } from '../errors/options.ts'
import {
  type Dialect,
  type DialectFacts,
  done,
  failed,
  ping,
  type ServerSentEvent,
  Verdict,
} from './dialect.ts'
import { failedEvent } from './in-band.ts'
import type { McpMessage, McpRequestId } from './mcp-message.ts'
import { isSameStructure } from './same.ts'

export type {
  McpContent,
  McpError,
  McpMessage,
  McpNotification,
  McpParams,
  McpRequest,
  McpRequestId,
  McpResult,
} from './mcp-message.ts'

export interface McpOptions {
  /**
   * The ID of the request: only the response to it ends the stream, and one to another is a value. Default: any response
   * does, since a request has one. (Compared as text: some servers answer `1` to `"1"`.)
   */
  readonly id?: McpRequestId
  /**
   * The stream that belongs to no request, which a GET opens: an endless feed, as that of {@link eventSource} is. Responses
   * and JSON-RPC errors are values there. Default: false.
   */
  readonly listen?: boolean
}

/** What a resumption has to send along. */
interface McpMemory {
  sessionId?: string
}

/**
 * The answer to a request over MCP's Streamable HTTP [mcp], whether the server makes it a stream or JSON: every message is a
 * value, the response is the last. A JSON-RPC error instead, or one without an ID, is a `stream_error`; what a tool says of
 * its own failure (`isError`) is a result. Events of other types than `message` are passed over, as the SDKs do.
 *
 * Resumed by GET with `Last-Event-ID`, and with the session ID from the head of the response; the config's headers go along.
 * A server may end a response after a `retry` field and be polled: it is asked again after just that time.
 *
 * A request that has given neither a message nor an event ID is repeated after a failure, as on every wire: where that must
 * not run a tool twice, set `retry: false`. A batch (2025-03-26 alone) is one value, and the first response ends the stream.
 * From 2026-07-28 on there are no event IDs, and so no resumption.
 *
 * @typeParam T - the type of the messages, if it is another's: `mcp<JSONRPCMessage>()`
 */
export function mcp<T = McpMessage>(
  options: McpOptions = {},
  // NoInfer: where a config with any dialect is expected, T is not guessed from there.
): Dialect<NoInfer<T>> {
  refuseUnknown(options, { id: true, listen: true }, 'mcp')
  const { id, listen = false } = options
  if (id !== undefined && typeof id !== 'string' && typeof id !== 'number') {
    throw new TypeError(`mcp: id must be that of the request, text or a number, not ${show(id)}.`)
  }
  if (typeof listen !== 'boolean') {
    throw new TypeError(`mcp: listen must be true or false, not ${show(listen)}.`)
  }
  if (listen && id !== undefined) {
    throw new TypeError('mcp: with listen: true there is no request whose id could end the stream.')
  }
  // What a server sends is not checked: it is taken for what the caller says.
  return (listen ? listening : answer(id === undefined ? undefined : String(id))) as Dialect<T>
}

const facts: DialectFacts = {
  api: 'MCP Streamable HTTP',
  end: [
    'event: message\ndata: {"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"done"}]}}',
    'data: {"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"no such file"}],"isError":true}}',
  ],
  errors: [
    'event: message\ndata: {"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"Unknown tool: invalid_tool_name"}}',
    'data: {"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}',
    'data: {"jsonrpc":"2.0","error":{"code":-32600,"message":"Invalid Request"}}',
    'event: error\ndata: upstream unavailable',
  ],
  withoutEnd: '`stream_terminated`; after a `retry` field and an event ID the server is asked again',
  cursor: 'SSE `id`; sent back by GET as `Last-Event-ID`, with `Mcp-Session-Id`. None from 2026-07-28 on',
  sources: [
    'https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http',
    'https://modelcontextprotocol.io/specification/2026-07-28/basic/transports/streamable-http',
    'https://modelcontextprotocol.io/specification/2026-07-28/basic#error-codes',
    'https://www.jsonrpc.org/specification',
    'https://github.com/modelcontextprotocol/typescript-sdk',
  ],
}

/** Visible ASCII [mcp]. */
const SESSION_ID = /^[\x21-\x7e]+$/

/** @param id - as text */
const answer = (id: string | undefined): Dialect<unknown, McpMemory> => ({
  name: 'mcp',
  facts,
  polls: true,
  acceptsJson: true,
  memory: () => ({}),
  readHead({ header }, memory) {
    const sessionId = header('mcp-session-id')
    if (sessionId !== undefined && SESSION_ID.test(sessionId)) memory.sessionId = sessionId
  },
  read(event) {
    const message = messageOf(event)
    if (message instanceof Verdict) return message
    const error = errorIn(message, id)
    if (error !== undefined) return failed(error)
    return endsWith(message, id) ? done(message) : message
  },
  isSame,
  resume: (_request, _cursor, { sessionId }) => ({
    method: 'GET',
    headers: sessionId === undefined ? {} : { 'mcp-session-id': sessionId },
  }),
})

const listening: Dialect<unknown, McpMemory> = {
  name: 'mcp',
  facts,
  endless: true,
  polls: true,
  read: messageOf,
  isSame,
}

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null

/** An event without data primes: it has an ID to resume from, and no message. */
function messageOf({ event, data }: ServerSentEvent): unknown {
  if (event === 'error') return failedEvent({ data })
  if (data === '' || (event !== undefined && event !== 'message')) return ping
  return JSON.parse(data)
}

/** A server may write the fields that a message does not have as null. */
const isResult = ({ method, result, error }: Json): boolean =>
  result !== undefined && typeof method !== 'string' && (error === undefined || error === null)

const isOf = ({ id: its }: Json, id: string | undefined): boolean =>
  id === undefined || ((typeof its === 'string' || typeof its === 'number') && String(its) === id)

const isResponse = (message: unknown, id: string | undefined): boolean =>
  isObject(message) && isResult(message) && isOf(message, id)

const endsWith = (message: unknown, id: string | undefined): boolean =>
  Array.isArray(message) ? message.some((one) => isResponse(one, id)) : isResponse(message, id)

/** That of the request, or one that the server could give to none. */
function errorIn(message: unknown, id: string | undefined): UpstreamError | undefined {
  if (!Array.isArray(message)) return errorOf(message, id)
  for (const one of message) {
    const error = errorOf(one, id)
    if (error !== undefined) return error
  }
  return undefined
}

function errorOf(message: unknown, id: string | undefined): UpstreamError | undefined {
  if (!isObject(message) || typeof message.method === 'string' || isResult(message)) return undefined
  if (message.id !== undefined && message.id !== null && !isOf(message, id)) return undefined
  const error = errorInPayload(message)
  // It is an answer: what nobody knows to pass does not pass by asking again, and what ran may not be run twice.
  return error && rowOfUpstream(error) === undefined ? { ...error, retryable: false } : error
}

/** The IDs of a server's own requests are counted, or drawn, anew in every run. */
function isSame(delivered: unknown, again: unknown): boolean {
  return isSameStructure(withoutRun(delivered), withoutRun(again))
}

function withoutRun(message: unknown): unknown {
  if (!isObject(message) || typeof message.method !== 'string') return message
  const { id: _, ...rest } = message
  return rest
}
