import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

/** In bytes. */
export interface Weight {
  readonly minified: number
  readonly gzip: number
  readonly brotli: number
}

/** Nothing weighs nothing, although gzip has a frame for it. */
const weighedBy =
  (size: (code: string) => number) =>
  (code: string): number =>
    code.trim() === '' ? 0 : size(code)

export const bytesOf = weighedBy((code) => Buffer.byteLength(code))
export const gzipBytesOf = weighedBy((code) => gzipSync(code, { level: 9 }).length)
const brotliBytesOf = weighedBy(
  (code) => brotliCompressSync(code, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }).length,
)

export const weigh = (code: string): Weight => ({
  minified: bytesOf(code),
  gzip: gzipBytesOf(code),
  brotli: brotliBytesOf(code),
})
