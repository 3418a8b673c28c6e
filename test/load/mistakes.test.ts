import { execFile } from 'node:child_process'
import { getEventListeners, setMaxListeners } from 'node:events'
import { connect, createServer } from 'node:net'
import { resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { until } from '../server.ts'
import type { FaultType } from './soak/account.ts'
import { Crowd } from './soak/crowd.ts'
import type { LotSettings } from './soak/lot.ts'
import { notGoneBack, type Resources, resourcesNow } from './soak/resources.ts'
import { type ServerProcess, startServerProcess } from './soak/server.ts'
import { type Mistake, mistakes } from './soak/tamper.ts'

/** An account that cannot be wrong proves nothing: these put mistakes into a client, and each has to be found. */

const FOUND: Readonly<Record<Exclude<Mistake, 'leak'>, FaultType>> = {
  double: 'doubled',
  lose: 'lost',
  swap: 'out of order',
  silence: 'silent',
  untype: 'untyped',
  praise: 'wrong ending',
}

const lots: LotSettings = { seed: 7, failing: 0.5, paceMs: [5, 20], tokens: [5, 8], quick: true }

const STREAMS = 70

const started: ServerProcess[] = []
beforeAll(async () => {
  setFlagsFromString('--expose-gc')
  globalThis.gc = runInNewContext('gc')
})
afterAll(() => Promise.all(started.map((server) => server.kill())))

/** What the ledger says of so many streams. */
async function ledgerOf(mistake?: Mistake) {
  const server = await startServerProcess({ lots, port: 0 })
  started.push(server)
  const { signal } = new AbortController()
  setMaxListeners(0, signal)
  const crowd = new Crowd(server, {
    lots,
    streams: STREAMS,
    rampPerSecond: 140,
    refill: false,
    signal,
    tamper: mistake === undefined ? undefined : mistakes[mistake],
    patienceMs: 3_000,
  })
  await crowd.run(() => crowd.isFull)
  return crowd.ledger.report()
}

describe('the accountant', () => {
  it.concurrent('finds nothing where nothing is wrong', async () => {
    const { discrepancies, told, streams } = await ledgerOf()
    expect(told).toEqual([])
    expect(discrepancies).toEqual({})
    expect(streams).toBe(STREAMS)
  })

  it.concurrent.each(Object.entries(FOUND))('finds the mistake "%s" as %s', async (mistake, type) => {
    const { discrepancies } = await ledgerOf(mistake as Mistake)
    expect(discrepancies[type]).toBeGreaterThan(0)
  })

  it.concurrent('makes the command end with exit code 1, and name the streams', async () => {
    const root = resolve(import.meta.dirname, '../..')
    const options =
      '--seconds 2 --streams 40 --ramp 40 --failing 0 --pace 20-60 --tokens 5-8 --kills 0 --mistake double'
    const [code, output] = await new Promise<[unknown, string]>((done) => {
      const args = ['--expose-gc', 'scripts/soak.ts', ...options.split(' ')]
      execFile(process.execPath, args, { cwd: root }, (error, stdout) => done([error?.code ?? 0, stdout]))
    })
    expect(output).toMatch(/OFF:\n- doubled: \d+/)
    expect(output).toMatch(/stream 10 \(.*\): doubled: value/)
    expect(code).toBe(1)
  })
})

describe('what is left behind is found', () => {
  const { signal } = new AbortController()
  const grown = (before: Resources): string => notGoneBack(before, resourcesNow(signal)).join('; ')

  it('a timer', () => {
    const before = resourcesNow(signal)
    const timer = setInterval(() => {}, 60_000)
    expect(grown(before)).toMatch(/^timers: \d+ instead of \d+$/)
    clearInterval(timer)
    expect(grown(before)).toBe('')
  })

  it('a listener', () => {
    const before = resourcesNow(signal)
    const listener = () => {}
    signal.addEventListener('abort', listener)
    expect(grown(before)).toMatch(/^listeners: \d+ instead of \d+$/)
    signal.removeEventListener('abort', listener)
    expect(getEventListeners(signal, 'abort')).toEqual([])
    expect(grown(before)).toBe('')
  })

  it('a socket', async () => {
    const listening = createServer((socket) => socket.resume()).listen(0, '127.0.0.1')
    await until(() => listening.listening, 'the server')
    const before = resourcesNow(signal)
    const socket = connect((listening.address() as { port: number }).port, '127.0.0.1')
    await until(() => !socket.connecting, 'the connection')
    expect(grown(before)).toMatch(/descriptors: \d+ instead of \d+; sockets: \d+ instead of \d+/)
    socket.destroy()
    await until(() => grown(before) === '', 'the socket to be gone')
    listening.close()
  })

  it('memory', () => {
    const before = resourcesNow(signal)
    const held: object[] = Array.from({ length: 300_000 }, (_, index) => ({ index, text: `held ${index}` }))
    expect(grown(before)).toMatch(/^heap: \d+\.\d MiB more than before, 8 are allowed$/)
    expect(held.pop()).toBeDefined()
  })
})
