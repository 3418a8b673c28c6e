import type { Transform } from 'node:stream'
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib'

/**
 * Undoes the codings of a body as it streams. Does not save what the very write that breaks a coding held before the
 * break: zlib gives out all of a write or nothing.
 */
export interface CodingDecoder {
  /** `false`: no more until `onDrain`. */
  write(chunk: Uint8Array): boolean
  /** The coded body is over: what is still inside comes out, then `onEnd`, or `onError` if it was cut. */
  end(): void
  pause(): void
  resume(): void
  destroy(): void
}

export interface CodingHandler {
  onChunk(chunk: Uint8Array): void
  onDrain(): void
  onEnd(): void
  onError(error: unknown): void
}

/** 8 MiB [rfc9659]. Node's own limit lets 10 KB of a frame take 128 MiB for as long as its stream is open. */
const ZSTD_WINDOW = { [constants.ZSTD_d_windowLogMax]: 23 }

// Sync flushes, so that an event comes out as soon as its last byte is in, not when a block is full.
const open: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip({ flush: constants.Z_SYNC_FLUSH }),
  'x-gzip': () => createGunzip({ flush: constants.Z_SYNC_FLUSH }),
  deflate: () => createInflate({ flush: constants.Z_SYNC_FLUSH }),
  br: () => createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => createZstdDecompress({ flush: constants.ZSTD_e_flush, params: ZSTD_WINDOW }),
}

/** The codings of a Content-Encoding, `identity` left out, and `none`, which servers say that switch compression off; in the order they were applied [rfc9110 section 8.4]. */
export const codingsOf = (contentEncoding: string | undefined): string[] =>
  (contentEncoding ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity' && coding !== 'none')

/** More than this many codings on one body is an attack, not a server. */
const MAX_CODINGS = 3

export const canDecode = (codings: readonly string[]): boolean =>
  codings.length <= MAX_CODINGS && codings.every((coding) => Object.hasOwn(open, coding))

export function createCodingDecoder(codings: readonly string[], handler: CodingHandler): CodingDecoder {
  const stages = codings.toReversed().map((coding) => (open[coding] as () => Transform)())
  const first = stages[0] as Transform
  const last = stages.at(-1) as Transform
  let failure: { readonly error: unknown } | undefined
  let paused = false
  let over = false

  const destroy = (): void => {
    over = true
    for (const stage of stages) stage.destroy()
  }
  const finish = (): void => {
    if (over) return
    destroy()
    if (failure === undefined) handler.onEnd()
    else handler.onError(failure.error)
  }
  /** A failed stage emits no more data, but what it had decoded for a paused consumer is still in its buffer. */
  const drain = (): void => {
    while (!over && !paused) {
      const chunk = last.read() as Uint8Array | null
      if (chunk === null) {
        finish()
        return
      }
      handler.onChunk(chunk)
    }
  }
  for (const [index, stage] of stages.entries()) {
    const next = stages[index + 1]
    if (next !== undefined) stage.pipe(next)
    stage.on('error', (error) => {
      failure ??= { error }
      if (next === undefined) drain()
      else endGently(next)
    })
  }
  first.on('drain', () => {
    if (!over) handler.onDrain()
  })
  last.on('data', (chunk: Uint8Array) => {
    if (!over) handler.onChunk(chunk)
  })
  last.on('end', finish)
  return {
    write: (chunk) => first.write(chunk),
    end: () => endGently(first),
    pause: () => {
      paused = true
      last.pause()
    },
    resume: () => {
      paused = false
      if (failure !== undefined && last.destroyed) drain()
      else last.resume()
    },
    destroy,
  }
}

/**
 * Ends a stage after its pending writes. `end` at once would let zlib take a pending write for the last one, and a cut
 * coding would then fail before it has given out what that write held.
 */
function endGently(stage: Transform): void {
  if (!stage.destroyed && !stage.writableEnded) stage.write(new Uint8Array(0), () => stage.end())
}
