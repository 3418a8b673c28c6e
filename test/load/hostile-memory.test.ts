import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Report } from './hostile/victim-process.ts'

/** What a stream costs a process of its own, which a server of its own floods without an end, or with 250 MB in a few KB. */
async function victim(name: string, transport: string): Promise<Report> {
  const child = fork(resolve(import.meta.dirname, 'hostile/victim-process.ts'), [name, transport], {
    execArgv: ['--expose-gc'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [report] = (await once(child, 'message')) as [Report]
  await once(child, 'exit')
  return report
}

/** What the server in the same process, sockets and codings hold for a while. */
const AFTER_MB = 32

const UNDICI: readonly (readonly [string, string, number])[] = [
  // One event of at most 16 Mi characters, as pieces and whole.
  ['one endless line', 'line', 64],
  ['250 MB of one line in gzip', 'gzip', 80],
  ['250 MB of one line in br', 'br', 80],
  ['250 MB of one line in zstd', 'zstd', 80],
  // At most 40 bytes for each character of the limit, here 1 Mi.
  ['an endless event of empty lines', 'data-lines', 64],
  // Nothing of them is an event.
  ['endless comments', 'comments', 24],
  ['endless blocks of IDs', 'ids', 24],
  ['250 MB of comments in gzip', 'gzip-comments', 32],
  ['an endless error body', 'error-body', 24],
]

const FETCH = UNDICI.filter(([, name]) => ['line', 'gzip', 'gzip-comments', 'error-body'].includes(name))

const ENDINGS: Readonly<Record<string, string>> = {
  comments: 'first',
  ids: 'first',
  'gzip-comments': 'first',
  'error-body': 'request_failed internal_error',
}

describe.each([
  ['undici', UNDICI],
  ['fetch', FETCH],
] as const)('memory really held over %s', (transport, cases) => {
  it.each(cases)('%s', async (_, name, mostMb) => {
    const { ending, peakMb, afterMb } = await victim(name, transport)
    expect(ending).toBe(ENDINGS[name] ?? 'event_too_large')
    expect(peakMb).toBeLessThan(mostMb)
    expect(afterMb).toBeLessThan(AFTER_MB)
  })
})

describe('windows of zstd', () => {
  it('of 20 streams whose frames ask for 128 MiB each take no memory at all', async () => {
    const { ending, rssMb } = await victim('zstd-windows', 'undici')
    expect(ending).toBe('20 × bad_encoding')
    expect(rssMb).toBeLessThan(200)
  })
})
