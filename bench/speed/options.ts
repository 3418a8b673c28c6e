import { parseArgs } from 'node:util'
import type { Contender } from './contender.ts'
import { contenders, others } from './contenders.ts'
import { GROUPS, type Scenario, scenarios } from './scenarios.ts'

export interface Options {
  readonly scenarios: readonly Scenario[]
  readonly isWanted: (contender: Contender) => boolean
  readonly rounds: number | undefined
  readonly write: boolean
  /** From the results that are there. */
  readonly render: boolean
  /** Everything was asked for: results of earlier runs are not needed. */
  readonly isWhole: boolean
}

const USAGE = `npm run bench -- [options]

  --only a,b          scenarios: ${GROUPS.join(', ')}, or the name of one
  --contenders a,b    clients by id; "ours" and "floor" are all of them. What they are divided by is always there
  --rounds n          rounds that count, in place of each scenario's own
  --quick             one round each, and nothing that is long
  --write             writes docs/speed.json, docs/speed.md, docs/speed.svg
  --render            measures nothing; writes the page and the chart again
`

const listed = (text: string | undefined): readonly string[] | undefined => text?.split(',').filter(Boolean)

const IDS: readonly string[] = [...contenders, ...others].map(({ id }) => id)
/** Several at once. */
const KINDS = ['ours', 'floor']

/** A name that nobody has would measure nothing, and look as if it had. */
function checkNames(names: readonly string[], chosen: readonly Scenario[]): void {
  if (names.length === 0) throw new TypeError(`--contenders names none\n\n${USAGE}`)
  for (const name of names) {
    if (KINDS.includes(name)) continue
    if (!IDS.includes(name))
      throw new TypeError(
        `no contender "${name}": ${[...new Set([...KINDS, ...IDS])].join(', ')}\n\n${USAGE}`,
      )
    if (!chosen.some(({ contenders }) => contenders.includes(name)))
      throw new TypeError(
        `${name} takes part in none of ${chosen.map(({ id }) => id).join(', ')}\n\n${USAGE}`,
      )
  }
}

/** @throws TypeError for options that are none */
export function parseOptions(argv: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      only: { type: 'string' },
      contenders: { type: 'string' },
      rounds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      render: { type: 'boolean', default: false },
    },
  })
  const only = listed(values.only) ?? GROUPS
  for (const name of only) {
    if (!scenarios.some(({ id, group }) => id === name || group === name)) {
      throw new TypeError(`no scenario "${name}"\n\n${USAGE}`)
    }
  }
  const rounds = values.rounds === undefined ? undefined : Number(values.rounds)
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds > 0)) {
    throw new TypeError(`--rounds is a number from 1 up\n\n${USAGE}`)
  }
  const chosen = scenarios.filter(
    ({ id, group, isLong }) =>
      (only.includes(id) || only.includes(group)) && !(values.quick && isLong === true),
  )
  const names = listed(values.contenders)
  if (names !== undefined) checkNames(names, chosen)
  return {
    scenarios: chosen,
    isWanted: ({ id, isOurs, against }) =>
      names === undefined ||
      names.includes(id) ||
      (isOurs === true && names.includes('ours')) ||
      (against === id && names.includes('floor')),
    rounds: values.quick ? (rounds ?? 1) : rounds,
    write: values.write,
    render: values.render,
    isWhole: names === undefined && values.only === undefined && !values.quick,
  }
}
