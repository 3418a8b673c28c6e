import { zstdCompressSync, zstdDecompressSync } from 'node:zlib'

/** Node 22 takes a truncated zstd frame for whole. The missing marker still tells. */
export const zstdTellsCuts: boolean = ((): boolean => {
  try {
    zstdDecompressSync(zstdCompressSync('x'.repeat(100)).subarray(0, -3))
    return false
  } catch {
    return true
  }
})()
