import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { KilledReport } from './soak/killed.ts'
import type { SoakReport } from './soak/run.ts'

/**
 * The short form of `npm run soak`, in a process of its own: what it leaves behind is looked for in it. 2,000 streams, not
 * 5,000: on two cores that have other work too, 5,000 would take minutes.
 */
const SHORT =
  '--seconds 3 --streams 2000 --ramp 500 --pace 300-1500 --tokens 5-8 --kills 2 --killed-streams 1000'

/** Its server ends with it. */
const LONGEST_MS = 280_000

interface Run {
  readonly code: number | string | undefined
  readonly output: string
  readonly soak: SoakReport
  readonly killed: KilledReport
}

async function runShort(): Promise<Run> {
  const root = resolve(import.meta.dirname, '../..')
  const folder = await mkdtemp(join(tmpdir(), 'rx-sse-soak-'))
  const json = join(folder, 'report.json')
  const args = ['--expose-gc', 'scripts/soak.ts', ...SHORT.split(' '), '--json', json]
  try {
    const { code, output } = await new Promise<Pick<Run, 'code' | 'output'>>((done) => {
      execFile(
        process.execPath,
        args,
        { cwd: root, timeout: LONGEST_MS - 10_000 },
        (error, stdout, stderr) => {
          done({ code: error === null ? 0 : (error.code ?? undefined), output: stdout + stderr })
        },
      )
    })
    return { code, output, ...(JSON.parse(await readFile(json, 'utf8')) as Pick<Run, 'soak' | 'killed'>) }
  } finally {
    await rm(folder, { recursive: true })
  }
}

let run: Run
beforeAll(async () => {
  run = await runShort()
  console.log(run.output)
}, LONGEST_MS)

describe('2,000 streams, 20 % of them failing in random ways', () => {
  it('are all accounted for: none lost, doubled, out of order, silent or untyped', () => {
    expect(run.soak.off).toEqual([])
    expect(run.soak.ledger.discrepancies).toEqual({})
    expect(run.soak.ledger.told).toEqual([])
  })

  it('were more than 1,000 at a time, and failed in many ways', () => {
    const { ledger, most } = run.soak
    expect(most).toBeGreaterThan(1_000)
    expect(ledger.streams).toBeGreaterThanOrEqual(2_000)
    const endings = Object.values(ledger.endings).reduce((sum, number) => sum + number, 0)
    expect(endings).toBe(ledger.streams)
    expect(ledger.endings.silent).toBeUndefined()
    expect(ledger.endings.untyped).toBeUndefined()
    expect(Object.keys(ledger.endings).length).toBeGreaterThan(20)
    expect(Object.keys(ledger.kinds).length).toBeGreaterThan(70)
    expect(ledger.resumed).toBeGreaterThan(100)
  })

  it('leave no memory, descriptor, socket, timer or listener behind', () => {
    const { before, after, peak, server } = run.soak
    expect(after.heap - before.heap).toBeLessThan(8 * 2 ** 20)
    expect(after.descriptors).toBe(before.descriptors)
    expect(peak.descriptors).toBeGreaterThan(500)
    expect(after).toMatchObject({ sockets: 0, timers: 0, listeners: before.listeners })
    expect(server).toMatchObject({ connections: 0, open: 0 })
  })
})

describe('a server that is killed under 1,000 streams and started again', () => {
  it('costs a stream with IDs nothing, and ends one without IDs with a typed error', () => {
    expect(run.killed.off).toEqual([])
    const { complete = 0, ...cut } = run.killed.ledger.endings
    expect(complete).toBeGreaterThanOrEqual(500)
    expect(Object.keys(cut).every((ending) => ending.startsWith('stream_terminated (socket_'))).toBe(true)
    expect(Object.keys(cut).length).toBeGreaterThan(0)
    expect(run.killed.ledger.streams).toBe(1_000)
  })

  it('met them in the middle: they came back with the ID of the last event', () => {
    expect(run.killed.kills).toHaveLength(2)
    for (const { streams, resumptions } of run.killed.kills) {
      expect(streams).toBeGreaterThan(200)
      expect(resumptions).toBeGreaterThan(0)
    }
  })
})

it('exits with 0', () => {
  expect(run.code).toBe(0)
})
