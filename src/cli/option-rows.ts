import { parseArgs } from 'node:util'
import { UsageError } from './usage.ts'

/** An option as a row: the parser, the help and the "did you mean" all read it. */
export interface OptionRow {
  readonly short?: string
  /** The name of its value; without it, the option takes none. */
  readonly value?: string
  readonly help: string
}

/** The options as given, in the order given. */
export interface GivenOptions<Name extends string> {
  readonly positionals: readonly string[]
  has(name: Name): boolean
  /** The last one given. */
  value(name: Name): string | undefined
  all(...names: Name[]): readonly { readonly name: Name; readonly value: string }[]
}

export interface ParseSettings {
  /** What is said to an option that there is not. */
  readonly unknown: (rawName: string) => UsageError
  /** Options that are taken and mean nothing. Default: none. */
  readonly ignored?: readonly string[]
  /** Whether what looks like an option can be the value of the one before it. Default: true, as curl has it. */
  readonly valuesLikeOptions?: boolean
}

const shown = (name: string, { short }: OptionRow): string =>
  short === undefined ? `--${name}` : `-${short}/--${name}`

/**
 * Reads the arguments. Of what cannot be understood only option names are repeated: a value may be a key.
 *
 * @throws UsageError
 */
export function parseRows<Name extends string>(
  rows: Readonly<Record<Name, OptionRow>>,
  args: readonly string[],
  { unknown, ignored = [], valuesLikeOptions = true }: ParseSettings,
): GivenOptions<Name> {
  const options = Object.fromEntries(
    (Object.entries(rows) as [Name, OptionRow][]).map(([name, { short, value }]) => {
      const type = value === undefined ? ('boolean' as const) : ('string' as const)
      return [name, { type, multiple: true, ...(short === undefined ? {} : { short }) }]
    }),
  )
  const without = Object.fromEntries(ignored.map((name) => [name, { type: 'boolean' as const }]))
  // Not strict: parseArgs' own messages repeat what was typed and know no nearest option.
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...options, ...without },
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const positionals: string[] = []
  const given: { name: Name; value: string }[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value)
    if (token.kind !== 'option' || ignored.includes(token.name)) continue
    if (!Object.hasOwn(rows, token.name)) throw unknown(token.rawName)
    const name = token.name as Name
    const row = rows[name]
    const isOption = !valuesLikeOptions && token.inlineValue === false && /^--?[a-z]/.test(token.value)
    if (row.value !== undefined && (token.value === undefined || isOption)) {
      throw new UsageError(`${shown(name, row)} needs a value: ${token.rawName} ${row.value}`)
    }
    if (row.value === undefined && token.value !== undefined) {
      throw new UsageError(`${shown(name, row)} takes no value.`)
    }
    given.push({ name, value: token.value ?? '' })
  }
  const all: GivenOptions<Name>['all'] = (...names) => given.filter(({ name }) => names.includes(name))
  return {
    positionals,
    has: (name) => all(name).length > 0,
    value: (name) => all(name).at(-1)?.value,
    all,
  }
}

const WIDTH = 96

/** An entry of a help text: what it is, and beside it, from a column on, what it does. */
export function entry(left: string, help: string, column: number): string {
  const lines = ['']
  for (const word of help.split(' ')) {
    const line = lines.at(-1) as string
    if (line !== '' && line.length + 1 + word.length > WIDTH - column) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  const indent = `\n${' '.repeat(column)}`
  const lead = left.length < column ? left.padEnd(column) : `${left}${indent}`
  return `${lead}${lines.join(indent)}\n`
}

export function optionEntry(name: string, { short, value, help }: OptionRow, column: number): string {
  const names = `${short === undefined ? '    ' : `-${short}, `}--${name}`
  return entry(`  ${names}${value === undefined ? '' : ` ${value}`}`, help, column)
}
