import { type ScenarioName, scenarioCatalog } from '../../src/testing/index.ts'
import type { WireName } from '../../test/endings.ts'
import type { ToldError } from './cell.ts'
import { isHonest, type Verdict } from './verdict.ts'

/** What rx-sse made of a scenario. */
export interface OwnCell {
  /** `complete`, or the kind of the error and what tells most within it. */
  readonly ending: string
  readonly events: number
  readonly requests: number
}

/** What a client made of a scenario: only what is the same each time. */
export interface PeerCell {
  readonly wire: WireName
  readonly verdict: Verdict
  /** Words of the completion that were delivered. */
  readonly words: number
  /** Left out where the client was still making them. */
  readonly requests?: number
  readonly error?: ToldError
}

/** `null`: there is no such thing on that wire, or to that client. */
type Cells<Key extends string, Cell> = Readonly<Partial<Record<Key, Cell | null>>>

/** All outcomes, as `docs/matrix.json` keeps them. */
export interface Report {
  /** Of Node and of the packages of the clients. */
  readonly versions: Readonly<Record<string, string>>
  readonly ours: Readonly<Partial<Record<ScenarioName, Cells<WireName, OwnCell>>>>
  readonly peers: Readonly<Record<string, Cells<ScenarioName, PeerCell>>>
}

export const scenarioNames: readonly ScenarioName[] = scenarioCatalog.map(({ name }) => name)

export interface Count {
  /** Ended honestly. */
  readonly honest: number
  /** Brought the whole text. */
  readonly whole: number
  /** Could be tried. */
  readonly of: number
}

export function countPeer(cells: Cells<ScenarioName, PeerCell> = {}): Count {
  const known = scenarioNames.flatMap((name) => cells[name] ?? [])
  return {
    honest: known.filter(({ verdict }) => isHonest(verdict)).length,
    whole: known.filter(({ verdict }) => verdict === 'whole').length,
    of: known.length,
  }
}

/** The same for rx-sse, on one wire. An outcome that is not honest would not have been written. */
export function countOurs({ ours }: Report, wire: WireName): Count {
  const known = scenarioNames.flatMap((name) => ours[name]?.[wire] ?? [])
  return {
    honest: known.length,
    whole: known.filter(({ ending }) => ending === 'complete').length,
    of: known.length,
  }
}

/** Scenarios in which another client brought the whole text and rx-sse, on the same wire, did not. */
export const outdone = ({ ours, peers }: Report): ScenarioName[] =>
  scenarioNames.filter((name) =>
    Object.values(peers).some((cells) => {
      const theirs = cells[name]
      return theirs?.verdict === 'whole' && ours[name]?.[theirs.wire]?.ending !== 'complete'
    }),
  )
