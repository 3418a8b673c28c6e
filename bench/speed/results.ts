import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { arch, cpus, platform, release, totalmem } from 'node:os'
import { resolve } from 'node:path'
import { contenders, others } from './contenders.ts'
import { scenarios } from './scenarios.ts'

/** What one client got in one scenario, round by round. */
export interface Row {
  readonly scenario: string
  readonly contender: string
  /** `cpu`, `wall`: microseconds an event (a byte: nanoseconds); `rss`, `heap`: kB a stream; `p50`, `p99`: microseconds; `heap-10` …: MB after that percentage. */
  readonly metric: string
  readonly rounds: readonly number[]
}

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly memoryGB: number
  readonly system: string
}

export interface Results {
  readonly date: string
  readonly machine: Machine
  readonly versions: Readonly<Record<string, string>>
  readonly rows: readonly Row[]
}

const root = resolve(import.meta.dirname, '../..')
const docsFile = (name: string): string => resolve(root, 'docs', name)

export const readResults = (): Results | undefined =>
  existsSync(docsFile('speed.json'))
    ? (JSON.parse(readFileSync(docsFile('speed.json'), 'utf8')) as Results)
    : undefined

export const machineHere = (): Machine => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGB: Math.round(totalmem() / 2 ** 30),
  system: `${platform()} ${release()} ${arch()}`,
})

/** The root's for what the root has, `bench/package.json`'s for the peers. */
export function versionsHere(): Record<string, string> {
  const installed = (name: string, from: string): string => {
    const { version } = JSON.parse(
      readFileSync(resolve(from, 'node_modules', name, 'package.json'), 'utf8'),
    ) as { version: string }
    return version
  }
  const own = ['undici', 'rxjs', 'eventsource-parser']
  const peers = [...contenders, ...others].flatMap(({ packages = [] }) => packages)
  return {
    node: process.versions.node,
    ...Object.fromEntries(own.map((name) => [name, installed(name, root)])),
    ...Object.fromEntries(
      peers
        .filter((name) => !own.includes(name))
        .map((name) => [name, installed(name, resolve(root, 'bench'))]),
    ),
  }
}

const keyOf = ({ scenario, contender, metric }: Row): string => `${scenario} ${contender} ${metric}`

/**
 * New rows in place of the same ones of an earlier run, in the order of the scenarios and contenders.
 *
 * @throws Error if the earlier run was on another machine, or of other versions: such figures do not stand side by side
 */
export function merged(before: Results | undefined, now: Results): Results {
  if (before !== undefined) {
    const facts = ({ machine, versions }: Results): string => JSON.stringify([machine, versions])
    if (facts(before) !== facts(now))
      throw new Error('docs/speed.json is of another machine or other versions: run all of it with --write')
  }
  const rows = new Map((before?.rows ?? []).map((row) => [keyOf(row), row]))
  for (const row of now.rows) rows.set(keyOf(row), row)
  const order = [...contenders, ...others].map(({ id }) => id)
  const sorted = scenarios.flatMap(({ id }) =>
    [...rows.values()]
      .filter(({ scenario }) => scenario === id)
      .toSorted((a, b) => order.indexOf(a.contender) - order.indexOf(b.contender)),
  )
  return { ...now, rows: sorted }
}

/** Four digits say more than was measured. */
const rounded = (value: number): number => Number(value.toPrecision(4))

/** A line a row, so that a difference is one. */
export function toJson({ date, machine, versions, rows }: Results): string {
  const lines = rows.map((row) => JSON.stringify({ ...row, rounds: row.rounds.map(rounded) }))
  return `{\n"date": ${JSON.stringify(date)},\n"machine": ${JSON.stringify(machine)},\n"versions": ${JSON.stringify(versions)},\n"rows": [\n${lines.join(',\n')}\n]\n}\n`
}

export const writeDocs = (files: Readonly<Record<string, string>>): void => {
  for (const [name, text] of Object.entries(files)) writeFileSync(docsFile(name), text)
}
