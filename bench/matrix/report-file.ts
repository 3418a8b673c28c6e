import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { toMarkdown } from './markdown.ts'
import { peers } from './peers.ts'
import { type Report, scenarioNames } from './report.ts'
import { toSvg } from './svg.ts'

const root = resolve(import.meta.dirname, '../..')
const file = (name: string): string => resolve(root, 'docs', name)

export const readReport = (): Report =>
  existsSync(file('matrix.json'))
    ? (JSON.parse(readFileSync(file('matrix.json'), 'utf8')) as Report)
    : { versions: {}, ours: {}, peers: {} }

/** The files as they are to be, by name. */
export const renderReport = (report: Report): Readonly<Record<string, string>> => ({
  'matrix.json': toJson(inOrder(report)),
  'matrix.md': toMarkdown(report),
  'matrix.svg': toSvg(report),
})

export function writeReport(report: Report): void {
  for (const [name, text] of Object.entries(renderReport(report))) writeFileSync(file(name), text)
}

/** A line a scenario, so that a difference is one. */
function toJson({ versions, ours, peers: columns }: Report): string {
  const lines = (cells: object): string =>
    `{\n${Object.entries(cells)
      .map(([key, cell]) => `${JSON.stringify(key)}: ${JSON.stringify(cell)}`)
      .join(',\n')}\n}`
  const perPeer = Object.entries(columns).map(([id, cells]) => `${JSON.stringify(id)}: ${lines(cells)}`)
  return `{\n"versions": ${lines(versions)},\n"ours": ${lines(ours)},\n"peers": {\n${perPeer.join(',\n')}\n}\n}\n`
}

/** Whatever the order in which the outcomes came; without scenarios and clients that are no more. */
function inOrder({ versions, ours, peers: columns }: Report): Report {
  const pick = <Cell>(cells: Readonly<Record<string, Cell>>, keys: readonly string[]) =>
    Object.fromEntries(keys.flatMap((key) => (key in cells ? [[key, cells[key] as Cell]] : [])))
  const ids = peers.map(({ id }) => id)
  return {
    versions: pick(versions, Object.keys(versions).toSorted()),
    ours: pick(ours, scenarioNames),
    peers: Object.fromEntries(
      Object.entries(pick(columns, ids)).map(([id, cells]) => [id, pick(cells, scenarioNames)]),
    ),
  }
}

/** What ran: the exact versions of `bench/package.json`. */
export function currentVersions(): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync(resolve(root, 'bench/package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  return { node: process.versions.node, ...dependencies }
}

export const missingPackages = (): string[] =>
  Object.keys(currentVersions()).filter(
    (name) => name !== 'node' && !existsSync(resolve(root, 'bench/node_modules', name)),
  )
