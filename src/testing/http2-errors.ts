/** The error codes of HTTP/2 by number [rfc9113 section 7]. */
export const HTTP2_ERROR_CODES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
] as const

/** An error code of HTTP/2 by its name or number. */
export type Http2ErrorCode = (typeof HTTP2_ERROR_CODES)[number] | number

export const http2ErrorNumber = (code: Http2ErrorCode): number =>
  typeof code === 'number' ? code : HTTP2_ERROR_CODES.indexOf(code)
