import { gatewayCodes } from '../errors/code-table.ts'
import type { GatewayCode } from '../errors/codes.ts'
import { errorEnvelope } from './error-shapes.ts'
import type { Answer } from './scenario.ts'

/** The statuses that the gateway's codes come with. */
const statuses: Readonly<Record<GatewayCode, number>> = {
  missing_api_key: 401,
  invalid_api_key: 401,
  unauthorized: 403,
  rate_limit_exceeded: 429,
  invalid_request: 400,
  invalid_argument: 400,
  not_found: 404,
  unknown_model: 404,
  invalid_content_media: 400,
  unavailable_content_media: 400,
  unsafe_content: 400,
  unknown_app: 404,
  invalid_app: 400,
  unsupported_interface: 400,
  unknown_workspace: 401,
  failed_request: 500,
  internal_error: 500,
  model_server_error: 502,
  model_overloaded: 503,
  model_unavailable: 502,
  model_timeout: 504,
  stream_error: 502,
  stream_terminated: 502,
}

export interface GatewayErrorOptions {
  /** Default: the status that the code comes with. */
  readonly status?: number
  /** Default: the type of the code's row. */
  readonly type?: string
  /** Default: the meaning of the code. */
  readonly message?: string
  /** `Retry-After`: seconds, or as it is to be sent (a date). Default: none. */
  readonly retryAfter?: number | string
}

const isGatewayCode = (code: unknown): code is GatewayCode =>
  typeof code === 'string' && Object.hasOwn(gatewayCodes, code)

/**
 * An answer with the gateway's error envelope: `{"error":{"type","code","message"}}`.
 *
 * @throws TypeError for a code that is not in the gateway's table, or a `retryAfter` that is no number of seconds.
 */
export function gatewayError(code: GatewayCode, options: GatewayErrorOptions = {}): Answer {
  if (!isGatewayCode(code)) {
    throw new TypeError(
      `gatewayError: ${JSON.stringify(code)} is no code of the gateway; there are ${Object.keys(gatewayCodes).join(', ')}.`,
    )
  }
  const { status = statuses[code], retryAfter, type, message } = options
  if (typeof retryAfter === 'number' && !(Number.isSafeInteger(retryAfter) && retryAfter >= 0)) {
    throw new TypeError(`gatewayError: retryAfter: ${retryAfter} is not a whole number of seconds from 0 up.`)
  }
  return {
    status,
    headers: {
      'content-type': 'application/json',
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    },
    body: errorEnvelope({ type, code, message }),
  }
}
