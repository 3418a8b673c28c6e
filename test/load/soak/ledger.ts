import { isSseError } from '../../../src/index.ts'
import { type Discrepancy, discrepancies, type FaultType } from './account.ts'
import type { Lot } from './lot.ts'
import type { ServerRecord } from './messages.ts'
import type { Observation } from './observe.ts'

/** As many are told in full; all are counted. */
const TOLD = 20

export interface LedgerReport {
  readonly streams: number
  readonly values: number
  readonly requests: number
  /** Streams that went on after a death of theirs, and came to an end all the same. */
  readonly resumed: number
  readonly endings: Readonly<Record<string, number>>
  readonly kinds: Readonly<Record<string, number>>
  readonly wires: Readonly<Record<string, number>>
  readonly discrepancies: Readonly<Partial<Record<FaultType, number>>>
  readonly told: readonly string[]
}

const count = (counts: Map<string, number>, name: string): void => {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

const sorted = (counts: ReadonlyMap<string, number>): Record<string, number> =>
  Object.fromEntries([...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)))

/** Every stream is written down once, when both sides have told their part. */
export class Ledger {
  #streams = 0
  #values = 0
  #requests = 0
  #resumed = 0
  readonly #endings = new Map<string, number>()
  readonly #kinds = new Map<string, number>()
  readonly #wires = new Map<string, number>()
  readonly #faults = new Map<FaultType, number>()
  readonly #told: string[] = []

  enter(lot: Lot, seen: Observation, record: ServerRecord | undefined): readonly Discrepancy[] {
    this.#streams++
    this.#values += seen.positions.length
    this.#requests += record?.requests ?? 0
    if (record?.cursors.some((cursor) => cursor !== null) === true) this.#resumed++
    count(this.#endings, endingName(seen))
    count(this.#kinds, lot.name)
    count(this.#wires, lot.wire)
    const list = discrepancies(lot, seen, record)
    for (const { type, words } of list) {
      this.#faults.set(type, (this.#faults.get(type) ?? 0) + 1)
      const text = `stream ${lot.stream} (${lot.name}, ${lot.wire}, ${lot.way}): ${type}: ${words}`
      if (this.#told.length < TOLD) this.#told.push(text)
    }
    return list
  }

  report(): LedgerReport {
    return {
      streams: this.#streams,
      values: this.#values,
      requests: this.#requests,
      resumed: this.#resumed,
      endings: sorted(this.#endings),
      kinds: sorted(this.#kinds),
      wires: sorted(this.#wires),
      discrepancies: Object.fromEntries(this.#faults),
      told: this.#told,
    }
  }
}

function endingName({ ending }: Observation): string {
  if (ending === undefined) return 'silent'
  if (ending.type !== 'error') return ending.type
  const { error } = ending
  if (!isSseError(error)) return 'untyped'
  return error.kind === 'stream_terminated'
    ? `${error.kind} (${error.reason})`
    : `${error.kind} (${error.code})`
}
