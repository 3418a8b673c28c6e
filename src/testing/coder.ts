import type { Transform } from 'node:stream'
import { constants, createBrotliCompress, createGzip, createZstdCompress } from 'node:zlib'
import type { Coding } from './scenario.ts'

/** A content coding that is applied as a stream: whatever went in can be decoded from what has come out. */
export interface Coder {
  /** The piece coded, flushed. */
  encode(piece: Uint8Array): Promise<Uint8Array>
  /** The coding's own end. */
  finish(): Promise<Uint8Array>
  close(): void
}

const open: Readonly<Record<Coding, () => Transform & { flush(callback: () => void): void }>> = {
  gzip: () => createGzip({ flush: constants.Z_SYNC_FLUSH }),
  br: () =>
    createBrotliCompress({
      flush: constants.BROTLI_OPERATION_FLUSH,
      // The default, 11, takes tens of milliseconds to begin with.
      params: { [constants.BROTLI_PARAM_QUALITY]: 4 },
    }),
  zstd: () => createZstdCompress({ flush: constants.ZSTD_e_flush }),
}

const EMPTY = new Uint8Array(0)

const identity: Coder = {
  encode: async (piece) => piece,
  finish: async () => EMPTY,
  close: () => {},
}

export function createCoder(coding: Coding | undefined): Coder {
  if (coding === undefined) return identity
  const stream = open[coding]()
  let parts: Buffer[] = []
  stream.on('data', (part: Buffer) => parts.push(part))
  const take = (): Uint8Array => {
    const taken = Buffer.concat(parts)
    parts = []
    return taken
  }
  const until = (start: (done: () => void) => void): Promise<Uint8Array> =>
    new Promise((resolve, reject) => {
      stream.once('error', reject)
      start(() => {
        stream.off('error', reject)
        resolve(take())
      })
    })
  return {
    encode: (piece) =>
      until((done) =>
        // The default flush of each write is set above, so the callback comes once all of the piece is out.
        stream.write(piece, () => {
          // What was pushed while the stream was not flowing yet.
          while (stream.read() !== null);
          done()
        }),
      ),
    finish: () =>
      until((done) => {
        stream.once('end', done)
        stream.end()
      }),
    close: () => {
      stream.destroy()
    },
  }
}
