import type { RecordedRequest } from '../../../src/testing/index.ts'
import type { LoadedScenario } from '../../../src/testing/load-fixtures.ts'
import { lastEventIdOf, loadScenario, startRoutedServer, type Turn } from '../../../src/testing/server.ts'
import { WIRES, type WireName, wireOptions } from '../../endings.ts'
import { delayOf, watchDelay } from './delay.ts'
import { drawLot } from './lot.ts'
import type { Question, Ready, Reply, ServerRecord, ServerSettings } from './messages.ts'

/** The kit's fault server over every wire, in a process of its own; each stream gets what its lot says. */

const { lots, port } = JSON.parse(process.argv[2] as string) as ServerSettings

interface Entry {
  readonly scenario: LoadedScenario
  readonly cursors: (string | null)[]
  left: number
  overAt: number
  open: number
}

const entries = new Map<number, Entry>()
const delay = watchDelay()
let open = 0
let mostOpen = 0
let requests = 0
let resumptions = 0

function entryOf(stream: number, wire: WireName): Entry {
  let entry = entries.get(stream)
  if (entry === undefined) {
    const lot = drawLot(lots, stream)
    if (lot.wire !== wire) throw new Error(`stream ${stream} is not one of ${wire}`)
    entry = {
      scenario: loadScenario(lot.scenario, wireOptions[wire]),
      cursors: [],
      left: 0,
      overAt: 0,
      open: 0,
    }
    entries.set(stream, entry)
  }
  return entry
}

function turnOf(request: RecordedRequest, wire: WireName): Turn {
  const entry = entryOf(Number(/^\/(\d+)/.exec(request.url)?.[1]), wire)
  const ordinal = entry.cursors.length
  const cursor = lastEventIdOf(request.headers)
  entry.cursors.push(cursor ?? null)
  if (cursor !== undefined) resumptions++
  entry.open++
  requests++
  open++
  mostOpen = Math.max(mostOpen, open)
  return {
    answer: () => ({ scenario: entry.scenario, ordinal }),
    onOver() {
      entry.open--
      entry.overAt = Date.now()
      open--
      if (request.clientGoneAt !== undefined) entry.left++
    },
  }
}

function recordOf(stream: number): ServerRecord {
  const entry = entries.get(stream)
  if (entry === undefined) return { stream, requests: 0, cursors: [], left: 0, overAt: 0, open: 0 }
  const { cursors, left, overAt, open } = entry
  return { stream, requests: cursors.length, cursors, left, overAt, open }
}

const start = (wire: WireName) =>
  startRoutedServer((request) => turnOf(request, wire), {
    ...wireOptions[wire],
    port: wire === 'http/1.1' ? port : 0,
  })

const servers = { 'http/1.1': await start('http/1.1'), tls: await start('tls'), h2: await start('h2') }

function reply(question: Question): Reply {
  const { number } = question
  if (question.type === 'records') {
    for (const stream of question.forget) entries.delete(stream)
    return { type: 'records', number, records: question.streams.map(recordOf) }
  }
  const connections = WIRES.reduce((sum, wire) => sum + servers[wire].connections, 0)
  const { rss } = process.memoryUsage()
  const state = { connections, open, mostOpen, requests, resumptions, rss, delay: delayOf(delay) }
  return { type: 'state', number, state }
}

process.on('message', (question: Question) => process.send?.(reply(question)))
// With whoever started it gone, nobody is left to serve.
process.on('disconnect', () => process.exit(0))

const each = <T>(of: (wire: WireName) => T): Record<WireName, T> => ({
  'http/1.1': of('http/1.1'),
  tls: of('tls'),
  h2: of('h2'),
})

process.send?.({
  type: 'ready',
  urls: each((wire) => servers[wire].url),
  certificates: each((wire) => servers[wire].certificate),
} satisfies Ready)
