import type { ForeignCodes } from './foreign-codes.ts'

/**
 * Numbers of JSON-RPC 2.0 (https://www.jsonrpc.org/specification#error_object), and those that MCP has given a meaning
 * (https://modelcontextprotocol.io/specification/2026-07-28/basic#error-codes).
 *
 * -32000 to -32019 are not among them, -32002 apart: of those "receivers MUST NOT assume any specific meaning" [mcp]. SDKs say
 * -32001 of a session that is gone, of a timeout of their own, and of headers that do not match.
 */
export const jsonRpcCodes: ForeignCodes = {
  '-32700': 'invalid_request',
  '-32600': 'invalid_request',
  '-32601': 'not_found',
  '-32602': 'invalid_argument',
  '-32603': 'internal_error',

  // MCP until 2025-11-25
  // A resource.
  '-32002': 'not_found',
  // Somebody has to visit a URL first, to grant access say.
  '-32042': 'unauthorized',

  // MCP from 2026-07-28
  // HeaderMismatch, MissingRequiredClientCapability, UnsupportedProtocolVersion
  '-32020': 'invalid_request',
  '-32021': 'invalid_argument',
  '-32022': 'invalid_argument',
}
