import { type GivenOptions, type OptionRow, optionEntry, parseRows } from './option-rows.ts'
import { harmlessLine } from './terminal.ts'
import { nearest, UsageError } from './usage.ts'

const PAGE_OPTIONS = {
  port: { value: 'N', short: 'p', help: 'Default: 8788; 0 takes one that is free.' },
  help: { short: 'h', help: 'This text.' },
} as const satisfies Record<string, OptionRow>

type PageOptionName = keyof typeof PAGE_OPTIONS

const NAMES = Object.keys(PAGE_OPTIONS) as readonly PageOptionName[]

export type PageOptions = GivenOptions<PageOptionName>

/** @throws UsageError */
export function parsePageOptions(args: readonly string[]): PageOptions {
  const options = parseRows<PageOptionName>(PAGE_OPTIONS, args, {
    unknown: unknownOption,
    valuesLikeOptions: false,
  })
  if (options.positionals.length > 0) {
    // What was typed may be a URL with a key in it: it is not repeated.
    throw new UsageError('page takes no arguments, only options; a URL of your own is given on the page.')
  }
  return options
}

function unknownOption(rawName: string): UsageError {
  const near = rawName.startsWith('--') ? nearest(rawName.slice(2), NAMES) : undefined
  const advice = near === undefined ? 'rx-sse page --help lists them' : `did you mean --${near}?`
  return new UsageError(`unknown option ${harmlessLine(rawName)}; ${advice}`)
}

const COLUMN = 26

export const pageHelp = (): string => `\
rx-sse page opens a page on 127.0.0.1 to watch streams break: a chat, a switchboard of failures, and
the wire as it happens. It brings its own gateway; a stream of your own can be watched there too.

  rx-sse page [--port N]

${NAMES.map((name) => optionEntry(name, PAGE_OPTIONS[name], COLUMN)).join('')}
Open the address that it prints in a browser. Nobody but this machine can reach it, and no page of
another origin. Requests of your own go out by way of this process, and nothing of them is kept.

It runs until Ctrl-C (exit code 130). Wrong options, or a port that is taken, end it with exit code 2.
`
