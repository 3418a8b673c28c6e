import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { OUTDONE } from '../../bench/matrix/markdown.ts'
import { peers } from '../../bench/matrix/peers.ts'
import { outdone, scenarioNames } from '../../bench/matrix/report.ts'
import { currentVersions, readReport, renderReport } from '../../bench/matrix/report-file.ts'
import { canServe, scenarios } from '../../src/testing/index.ts'
import { honestOutcome, WIRES, wireOptions } from '../endings.ts'

const root = resolve(import.meta.dirname, '../..')
const report = readReport()

describe('docs/matrix', () => {
  it.each(Object.entries(renderReport(report)))('%s is what is written of its data', (name, text) => {
    expect(readFileSync(resolve(root, 'docs', name), 'utf8')).toBe(text)
  })

  it('has each scenario, on each wire that can have it, as it honestly ends', () => {
    expect(Object.keys(report.ours)).toEqual(scenarioNames)
    for (const name of scenarioNames) {
      for (const wire of WIRES) {
        const cell = report.ours[name]?.[wire]
        expect.soft(cell != null, `${name} over ${wire}`).toBe(canServe(scenarios[name], wireOptions[wire]))
        if (!cell) continue
        const { ending, requests = 1 } = honestOutcome(name, wire)
        expect
          .soft(cell.ending.split(':')[0], `${name} over ${wire}`)
          .toBe(ending === 'complete' ? 'complete' : ending.kind)
        expect.soft(cell.requests, `${name} over ${wire}`).toBe(requests)
      }
    }
  })

  it('has each scenario for each of the other clients: run npm run matrix', () => {
    expect(Object.keys(report.peers)).toEqual(peers.map(({ id }) => id))
    for (const { id } of peers) expect(Object.keys(report.peers[id] ?? {})).toEqual(scenarioNames)
  })

  it('is of the versions that are installed: run npm run matrix', () => {
    const { node: _, ...packages } = currentVersions()
    expect(report.versions).toMatchObject(packages)
    for (const name of peers.flatMap((peer) => peer.packages)) expect(packages).toHaveProperty(name)
  })

  it('links adapters that are there', () => {
    for (const { id } of peers) expect(existsSync(resolve(root, 'bench/peers', `${id}.ts`))).toBe(true)
  })

  it('says why, wherever another client is the better one', () => {
    expect(outdone(report).filter((name) => OUTDONE[name] === undefined)).toEqual([])
    expect(Object.keys(OUTDONE).toSorted()).toEqual(outdone(report).toSorted())
  })
})
