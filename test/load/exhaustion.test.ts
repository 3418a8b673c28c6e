import { execFile, spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { Agent } from 'undici'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adviceFor } from '../../src/cli/error-words.ts'
import { fromEventStream, type SseError } from '../../src/index.ts'
import { collect } from '../collect.ts'
import type { ExhaustionReport } from './exhaustion-process.ts'
import { startTwoWaysServer } from './two-ways-server.ts'

const PROGRAM = resolve(import.meta.dirname, 'exhaustion-process.ts')

let server: Awaited<ReturnType<typeof startTwoWaysServer>>
beforeAll(async () => {
  server = await startTwoWaysServer()
})
afterAll(() => server.close())

/** Runs the program where a shell has first made something scarce; it must not crash. */
async function runWith(command: string, args: readonly string[], shell: string): Promise<ExhaustionReport> {
  // Of vitest's own options none is the program's.
  const env = { PATH: process.env.PATH, HOME: process.env.HOME }
  const { stdout } = await promisify(execFile)(command, [...args, 'sh', '-c', shell], { env })
  return JSON.parse(stdout) as ExhaustionReport
}

/** The range of ports is a network's, so that it has to be one of its own. Linux, as root or with user namespaces. */
const hasOwnNetwork = spawnSync('unshare', ['-rn', 'ip', 'link', 'set', 'lo', 'up']).status === 0

const program = `exec '${process.execPath}' '${PROGRAM}'`

function expectTyped(report: ExhaustionReport, cause: string, remedy: RegExp): void {
  expect(report.standing + report.errors.length).toBe(100)
  expect(report.errors.length).toBeGreaterThan(0)
  for (const error of report.errors) {
    expect(error).toMatchObject({
      kind: 'request_failed',
      code: 'connection_failed',
      retryable: true,
      cause,
      message: expect.stringContaining('no socket left on this machine'),
      hint: expect.stringMatching(remedy),
    })
  }
  expect(report.cameThrough).toBe(report.again)
  expect(report.whole).toBe(report.again)
}

describe('a machine without', () => {
  it('file descriptors gives typed errors, those who wait come through, and afterwards streams work again', async () => {
    const report = await runWith('env', [], `ulimit -n 64; ${program} ${server.url}`)
    expect(report.standing).toBeGreaterThan(20)
    expect(report.standing).toBeLessThan(64)
    expectTyped(report, 'EMFILE', /ulimit -n/)
  })

  // A right of the machine's, and nothing that could be installed.
  it.skipIf(!hasOwnNetwork)('ports gives the same', async () => {
    const few = "echo '50000 50015' > /proc/sys/net/ipv4/ip_local_port_range"
    const report = await runWith('unshare', ['-rn'], `ip link set lo up && ${few} && ${program}`)
    expect(report.standing).toBe(16)
    expectTyped(report, 'EADDRNOTAVAIL', /ip_local_port_range/)
  })
})

it('a second connection from the only local port gives a typed error, and when the first is over it works', async () => {
  const free = await startTwoWaysServer()
  const localPort = Number(new URL(free.url).port)
  await free.close()
  const dispatcher = new Agent({ connect: { localAddress: '127.0.0.1', localPort } as object })
  const held = fromEventStream(`${server.url}/stalls`, { dispatcher, retry: false })
  const error = await new Promise<SseError | undefined>((done, failed) => {
    const subscription = held.subscribe({
      async next() {
        if (subscription.closed) return
        const { error } = await collect(fromEventStream(`${server.url}/ends`, { dispatcher, retry: false }))
        subscription.unsubscribe()
        done(error)
      },
      error: failed,
    })
  })
  expect(error).toMatchObject({ kind: 'request_failed', code: 'connection_failed', retryable: true })
  expect(error?.hint).toMatch(/ip_local_port_range/)
  expect(error && adviceFor(error)).toBe(error?.hint)
  // The system keeps the port for a while.
  const retry = { count: 200, delay: 200, maxDelay: 1_000 }
  const { completed } = await collect(fromEventStream(`${server.url}/ends`, { dispatcher, retry }))
  expect(completed).toBe(true)
  await dispatcher.close()
})
