import { HTTP2_ERROR_CODES } from '../errors/http2.ts'

/** An error code of HTTP/2 by its name or number. */
export type Http2ErrorCode = (typeof HTTP2_ERROR_CODES)[number] | number

export const http2ErrorNumber = (code: Http2ErrorCode): number =>
  typeof code === 'number' ? code : HTTP2_ERROR_CODES.indexOf(code)
