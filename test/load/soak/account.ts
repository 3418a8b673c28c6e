import { isSseError, type SseError } from '../../../src/index.ts'
import { differences, type HonestOutcome } from '../../endings.ts'
import type { Lot } from './lot.ts'
import type { ServerRecord } from './messages.ts'
import type { Observation } from './observe.ts'

/** What can be wrong with a stream. */
export type FaultType =
  | 'lost'
  | 'doubled'
  | 'foreign'
  | 'out of order'
  | 'silent'
  | 'untyped'
  | 'wrong ending'
  | 'after the end'
  | 'requests'
  | 'cursor'
  | 'not left'

export interface Discrepancy {
  readonly type: FaultType
  readonly words: string
}

const found = (type: FaultType, words: string): Discrepancy => ({ type, words })

/** Holds what a stream's consumer saw, and what its server saw, against what was due; empty if all is in order. */
export function discrepancies(
  lot: Lot,
  seen: Observation,
  record: ServerRecord | undefined,
): readonly Discrepancy[] {
  return [
    ...ofValues(lot, seen),
    ...ofEnding(lot, seen),
    ...seen.oddities.map((words) => found('after the end', words)),
    ...(record === undefined ? [] : ofRequests(lot, seen, record)),
  ]
}

function ofValues({ due, leaveAfter }: Lot, { positions, ending }: Observation): Discrepancy[] {
  const foreign = positions.filter((position) => position < 0).length
  if (foreign > 0) return [found('foreign', `${foreign} values of another stream, or of none`)]
  // Cut where nobody knows: what was delivered must be the beginning, without a gap.
  const open = due.ending === 'complete or cut' && ending?.type === 'error'
  const wanted = open ? due.positions.slice(0, positions.length) : due.positions
  const at = wanted.findIndex((position, index) => positions[index] !== position)
  if (at < 0 && positions.length === wanted.length) return []

  const counts = new Map<number, number>()
  for (const position of positions) counts.set(position, (counts.get(position) ?? 0) + 1)
  for (const position of wanted) counts.set(position, (counts.get(position) ?? 0) - 1)
  const doubled = [...counts].filter(([, count]) => count > 0).map(([position]) => position)
  const lost = [...counts].filter(([, count]) => count < 0).map(([position]) => position)
  const left = leaveAfter === undefined ? '' : `, left after ${leaveAfter}`
  const where = `${positions.length} values instead of ${wanted.length}${left}`
  const list: Discrepancy[] = []
  if (doubled.length > 0) list.push(found('doubled', `value ${doubled.join(', ')}; ${where}`))
  if (lost.length > 0) list.push(found('lost', `value ${lost.join(', ')}; ${where}`))
  if (list.length === 0)
    list.push(found('out of order', `from value ${at} on: ${positions.slice(at, at + 5)}`))
  return list
}

/** libuv takes the last bytes and an RST that it finds together for a FIN: where the client is late, that is what it sees. */
function tolerant(expected: HonestOutcome['ending'], error: SseError): HonestOutcome['ending'] {
  const late = typeof expected === 'object' && expected.reason === 'socket_reset'
  const isClosed = error.kind === 'stream_terminated' && error.reason === 'socket_closed'
  return late && isClosed ? { ...expected, reason: 'socket_closed' } : expected
}

/** How a stream may say that its server was killed: on the wire, or in the attempt that followed. */
const CUT = new Set(['socket_closed', 'socket_reset'])

function ofEnding({ due }: Lot, { positions, ending }: Observation): Discrepancy[] {
  if (ending === undefined)
    return [found('silent', `neither an end nor an error after ${positions.length} values`)]
  const wrong = (words: string): Discrepancy[] => [found('wrong ending', words)]
  if (ending.type === 'left') return due.ending === 'left' ? [] : wrong('left instead of ended')
  if (ending.type === 'complete') {
    if (due.ending === 'left') return wrong('complete instead of left')
    return typeof due.ending === 'string' ? [] : wrong(`complete instead of ${due.ending.code}`)
  }
  const { error } = ending
  if (!isSseError(error)) return [found('untyped', String(error))]
  if (due.ending === 'complete or cut') {
    const cut = error.kind === 'stream_terminated' && CUT.has(error.reason)
    return cut ? [] : wrong(`${error.kind}, ${error.code}: ${error.message}`)
  }
  const expected = typeof due.ending === 'string' ? 'complete' : due.ending
  const different = differences(tolerant(expected, error), error)
  if (error.events !== positions.length) {
    different.push(`the error says ${error.events} values, ${positions.length} were delivered`)
  }
  return different.flatMap((words) => wrong(`${words} (${error.message})`))
}

/** How long it may take the server to see a client go, on a machine that does other things too. */
const LEAVING_MS = 2_000

function ofRequests({ due, name }: Lot, seen: Observation, record: ServerRecord): Discrepancy[] {
  const list: Discrepancy[] = []
  if (due.requests !== undefined && record.requests !== due.requests) {
    list.push(found('requests', `the server had ${record.requests} instead of ${due.requests}`))
  }
  // A redirect is one attempt, and undici repeats a refused request by itself.
  const attempted = due.requests !== undefined && seen.attempts > 0 && name !== 'redirect' && due.requests < 6
  if (attempted && seen.attempts !== due.requests) {
    list.push(found('requests', `the client says ${seen.attempts} attempts instead of ${due.requests}`))
  }
  if (record.open > 0) list.push(found('not left', `${record.open} requests are still being answered`))
  const { ending } = seen
  // It may have been done before: then there was nothing left to leave.
  if (ending?.type === 'left' && record.left === 0 && record.overAt > ending.at + LEAVING_MS) {
    list.push(found('not left', `the server served it for another ${record.overAt - ending.at} ms`))
  }
  if (due.cursors !== undefined) {
    const wanted = due.cursors.map((cursor) => cursor ?? 'none').join(' ')
    const given = record.cursors.map((cursor) => cursor ?? 'none').join(' ')
    if (wanted !== given)
      list.push(found('cursor', `Last-Event-ID of the requests: ${given} instead of ${wanted}`))
  }
  return list
}
