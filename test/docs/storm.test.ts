import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { CLIENTS, figuresOf, runFixed, runSessions, type StormRun } from '../../scripts/pictures/storm-run.ts'
import { stormSvg } from '../../scripts/pictures/storm-svg.ts'
import { type Storm, storms } from '../../scripts/pictures/storms.ts'
import { simulate, stormTable } from '../../scripts/storm.ts'

const docs = resolve(import.meta.dirname, '../../docs')
const runs = simulate()

const runOf = (id: string): { storm: Storm; ours: StormRun; fixed: StormRun } => {
  const found = runs.find(({ storm }) => storm.id === id)
  if (found === undefined) throw new Error(`no storm ${id}`)
  return found
}

describe('a thousand clients that are cut at once', () => {
  it.each(storms.map(({ id }) => id))('are all back after: %s', (id) => {
    const { ours, fixed } = runOf(id)
    expect(ours.backAt).toHaveLength(CLIENTS)
    expect(fixed.backAt).toHaveLength(CLIENTS)
  })

  // The share of them that may ask in one tenth of a second; the server's, or the machine's, word for "not sooner".
  it.each([
    ['killed', 0.1, 0],
    ['killed-retry', 0.1, 3_000],
    ['online', 0.15, 8_000],
    ['overload', 0.1, 5_000],
  ])('spread where a fixed time would bring them back together: %s', (id, share, floor) => {
    const { storm, ours, fixed } = runOf(id)
    const { peak, firstAt } = figuresOf(storm, ours)
    expect(peak).toBeLessThanOrEqual(CLIENTS * share)
    expect(firstAt).toBeGreaterThanOrEqual(floor)
    expect(figuresOf(storm, fixed).peak).toBeGreaterThanOrEqual(CLIENTS * 0.9)
  })

  it('need no second 503 of a server that lets in a twentieth of them at a time', () => {
    const { storm, ours, fixed } = runOf('overload')
    expect(figuresOf(storm, ours).requests).toBeLessThan(CLIENTS)
    expect(figuresOf(storm, fixed).requests).toBeGreaterThan(4 * CLIENTS)
    expect(figuresOf(storm, ours).back99).toBeLessThan(figuresOf(storm, fixed).back99 / 4)
  })

  it('are spread also where the server has told them all the same time and then ended well', () => {
    const { storm, ours, fixed } = runOf('told-end')
    expect(figuresOf(storm, ours).peak).toBeLessThanOrEqual(CLIENTS * 0.15)
    expect(figuresOf(storm, ours).requests).toBe(CLIENTS)
    expect(figuresOf(storm, ours).firstAt).toBeGreaterThanOrEqual(3_000)
    expect(figuresOf(storm, fixed).peak).toBe(CLIENTS)
  })

  it('are the same in each run', () => {
    const { storm, ours, fixed } = runOf('overload')
    expect(runSessions(storm)).toEqual(ours)
    expect(runFixed(storm)).toEqual(fixed)
  })
})

it('clients that share a floor are not woken up to the same instant', () => {
  const storm: Storm = { ...runOf('online').storm, onlineAt: 2_000, retryMs: 3_000 }
  expect(figuresOf(storm, runSessions(storm)).peak).toBeLessThanOrEqual(CLIENTS * 0.15)
})

describe('docs', () => {
  it('storm.svg is what scripts/storm.ts makes', () => {
    expect(readFileSync(resolve(docs, 'storm.svg'), 'utf8')).toBe(stormSvg(runs))
  })

  it('resume.md has the figures', () => {
    const table = /<!-- table: storm -->\n(.*?)\n<!-- end -->/s.exec(
      readFileSync(resolve(docs, 'resume.md'), 'utf8'),
    )?.[1]
    expect(table).toBe(stormTable(runs))
  })
})
