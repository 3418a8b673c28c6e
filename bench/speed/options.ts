import { parseArgs } from 'node:util'
import type { Contender } from './contender.ts'
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
  const names = listed(values.contenders)
  return {
    scenarios: scenarios.filter(
      ({ id, group, isLong }) =>
        (only.includes(id) || only.includes(group)) && !(values.quick && isLong === true),
    ),
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
