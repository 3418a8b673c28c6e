import { type GatewayCode, gatewayFacts, type SseErrorCode } from './codes.ts'
import type { UpstreamError } from './failure.ts'
import { aiSdkCodes } from './foreign/ai-sdk.ts'
import { anthropicCodes } from './foreign/anthropic.ts'
import { cohereCodes } from './foreign/cohere.ts'
import type { ForeignCodes } from './foreign/foreign-codes.ts'
import { googleCodes } from './foreign/google.ts'
import { jsonRpcCodes } from './foreign/json-rpc.ts'
import { langGraphCodes } from './foreign/lang-graph.ts'
import { openaiCodes } from './foreign/openai.ts'
import { openaiCompatibleCodes } from './foreign/openai-compatible.ts'
import { openaiResponsesCodes } from './foreign/openai-responses.ts'

/** The row for what a server said, and a verdict on trying again where it is not the row's. */
export interface NearestRow {
  readonly code: SseErrorCode
  readonly retryable?: boolean | undefined
}

/** Of other APIs. The original stays readable in `upstream`. */
const APIS: readonly ForeignCodes[] = [
  anthropicCodes,
  openaiCodes,
  openaiResponsesCodes,
  openaiCompatibleCodes,
  googleCodes,
  cohereCodes,
  aiSdkCodes,
  langGraphCodes,
  jsonRpcCodes,
  // Rows of our own whose names say the same everywhere. Not `aborted`, `deadline_exceeded`, …: those are the caller's.
  { conflict: 'conflict', service_unavailable: 'service_unavailable', request_timeout: 'request_timeout' },
]

/** A map, since names come from the wire: `__proto__` is none. */
const nearest: ReadonlyMap<string, NearestRow> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ APIS.flatMap((codes) =>
    Object.entries(codes).map(([name, row]) => [name, typeof row === 'string' ? { code: row } : row]),
  ),
)

/** Names so broad that what stands beside them, or the HTTP status, says more: DeepSeek has one of them as the `code` of everything. */
const BROAD: ReadonlySet<string> = new Set([
  'invalid_request_error',
  'api_error',
  'server_error',
  'internal_server_error',
  'InternalServerError',
])

/** JSON-RPC's "invalid request" and "internal error": any other HTTP status beside them says more. */
const BROAD_NUMBERS: ReadonlySet<number> = new Set([-32600, -32603])

const byStatus: Readonly<Record<number, SseErrorCode>> = {
  400: 'invalid_request',
  401: 'invalid_api_key',
  403: 'unauthorized',
  404: 'not_found',
  408: 'request_timeout',
  409: 'conflict',
  422: 'invalid_argument',
  425: 'service_unavailable',
  429: 'rate_limit_exceeded',
  500: 'internal_error',
  502: 'service_unavailable',
  503: 'service_unavailable',
  504: 'model_timeout',
  529: 'model_overloaded',
}

/** The row for an HTTP status that came without a readable envelope. */
export function codeOfStatus(status: number): SseErrorCode {
  const exact = byStatus[status]
  if (exact !== undefined) return exact
  if (status >= 400 && status < 500) return 'invalid_request'
  if (status >= 500 && status < 600) return 'internal_error'
  return 'unexpected_status'
}

type Name = string | number | undefined

/** A number that is an HTTP status, as one or as text. */
function rowOfNumber(name: Name): NearestRow | undefined {
  const status = Number(name)
  return Number.isInteger(status) && status >= 400 && status < 600
    ? { code: codeOfStatus(status) }
    : undefined
}

/** Its own name if the table has it, else the nearest row for another API's name. */
function rowOfName(name: Name): NearestRow | undefined {
  if (name === undefined) return undefined
  return Object.hasOwn(gatewayFacts, name) ? { code: name as GatewayCode } : nearest.get(String(name))
}

/**
 * The row for the error that a server described: by its code; else by its type; by a number, or by the HTTP status, where
 * both are broad ones; else nothing.
 *
 * @param status - the HTTP status that it came with, if it was no stream
 */
export function rowOfUpstream({ code, type }: UpstreamError, status?: number): NearestRow | undefined {
  if (BROAD_NUMBERS.has(code as number) && status !== undefined && status !== 400 && status !== 500)
    return undefined
  const named = rowOfName(code)
  if (named !== undefined && !BROAD.has(code as string)) return named
  const typed = rowOfName(type)
  if (typed !== undefined && !BROAD.has(type as string)) return typed
  const broad = named ?? typed
  const numbered = rowOfNumber(code)
  // 500 says no more than `server_error` does.
  if (numbered !== undefined && !(broad !== undefined && numbered.code === 'internal_error')) return numbered
  return status === undefined || BROAD_STATUS.has(codeOfStatus(status)) ? broad : undefined
}

/** Statuses so broad that even a broad type says more. */
const BROAD_STATUS: ReadonlySet<SseErrorCode> = new Set([
  'invalid_request',
  'internal_error',
  'service_unavailable',
  'unexpected_status',
])
