import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { brotliCompressSync, constants, createZstdCompress, gzipSync, zstdCompressSync } from 'node:zlib'
import { fetchTransport, fromEventStream, isSseError, undiciTransport } from '../../../src/index.ts'

/** What became of one stream, or of several, in megabytes beyond what the process had before. */
export interface Report {
  readonly ending: string
  /** Of what is held on the heap and beside it, after a collection each time. */
  readonly peakMb: number
  readonly afterMb: number
  /** Of the whole process. */
  readonly rssMb: number
}

const MB = 1e6
const gc = (globalThis as unknown as { gc(): void }).gc

const held = (): number => {
  gc()
  const { heapUsed, external } = process.memoryUsage()
  return (heapUsed + external) / MB
}

function flood(res: ServerResponse, first: string, unit: string): void {
  const bytes = Buffer.from(unit.repeat(Math.ceil(65_536 / unit.length)))
  res.write(first)
  const go = (): void => {
    while (!res.destroyed && res.write(bytes));
  }
  res.on('drain', () => void setImmediate(go))
  go()
}

const BOMB = 250_000_000
const of = (text: string): Buffer => Buffer.alloc(BOMB, text)

const bombs: Readonly<Record<string, () => [coding: string, body: Buffer]>> = {
  gzip: () => ['gzip', gzipSync(Buffer.concat([Buffer.from('data: '), of('x')]), { level: 1 })],
  br: () => [
    'br',
    brotliCompressSync(Buffer.concat([Buffer.from('data: '), of('x')]), {
      params: { [constants.BROTLI_PARAM_QUALITY]: 1 },
    }),
  ],
  zstd: () => ['zstd', zstdCompressSync(Buffer.concat([Buffer.from('data: '), of('x')]))],
  'gzip-comments': () => ['gzip', gzipSync(of(': x\n'), { level: 1 })],
}

const floods: Readonly<Record<string, (res: ServerResponse) => void>> = {
  line: (res) => flood(res, 'data: ', 'x'),
  'data-lines': (res) => flood(res, '', 'data:\n'),
  comments: (res) => flood(res, '', ': ping\n\n'),
  ids: (res) => flood(res, '', 'id: 12345\n\n'),
}

async function windows(): Promise<[string, Buffer]> {
  const coder = createZstdCompress({
    params: { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_compressionLevel]: 1 },
  })
  const all = buffer(coder)
  for (let i = 0; i < 40; i++) coder.write(Buffer.alloc(5 * MB, 'data: x\n\n'))
  coder.end()
  return ['zstd', await all]
}

const [, , name = '', transportName] = process.argv
const bomb = name === 'zstd-windows' ? await windows() : bombs[name]?.()
const server = createServer((_, res) => {
  if (name === 'error-body') {
    res.writeHead(500)
    flood(res, '', 'x')
  } else if (bomb !== undefined) {
    res.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': bomb[0] })
    res.write(bomb[1])
  } else {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    floods[name]?.(res)
  }
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
const transport = transportName === 'fetch' ? fetchTransport() : undiciTransport()

/** Only a deadline ends those. */
const isNothing = /comments|ids/.test(name)

const run = (): Promise<string> =>
  new Promise((resolve) =>
    fromEventStream(url, {
      transport,
      retry: false,
      // Each line is an object of its own, and each collection looks at all of them.
      maxEventSize: (name === 'data-lines' ? 1 : 16) * 1024 * 1024,
      timeout: { first: isNothing ? 1_500 : 60_000 },
    }).subscribe({
      complete: () => resolve('complete'),
      error: (error: unknown) =>
        resolve(
          !isSseError(error)
            ? String(error)
            : error.kind === 'stream_terminated'
              ? error.reason
              : `${error.kind} ${error.code}`,
        ),
    }),
  )

// What it took to make a bomb is gone only after a turn of the event loop.
for (let turn = 0; turn < 3; turn++) {
  gc()
  await new Promise((resolve) => setTimeout(resolve, 20))
}
const before = held()
const rssBefore = process.memoryUsage().rss / MB
let peak = 0
const watch = setInterval(() => {
  peak = Math.max(peak, held() - before)
}, 100)
const streams = name === 'zstd-windows' ? 20 : 1
const endings = await Promise.all(Array.from({ length: streams }, run))
clearInterval(watch)
const report: Report = {
  ending: streams === 1 ? (endings[0] as string) : `${streams} × ${[...new Set(endings)].join(', ')}`,
  peakMb: peak,
  afterMb: held() - before,
  rssMb: process.memoryUsage().rss / MB - rssBefore,
}
process.send?.(report, () => process.exit(0))
