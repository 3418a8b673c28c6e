import { parseArgs } from 'node:util'
import { harmlessLine } from './terminal.ts'
import { nearest, UsageError } from './usage.ts'

/** An option as a row: the parser, the help and the "did you mean" all read it. */
interface GatewayOptionRow {
  /** The name of its value; without it, the option takes none. */
  readonly value?: string
  readonly short?: string
  readonly help: string
}

export const GATEWAY_OPTIONS = {
  scenario: {
    value: 'NAME|FILE',
    help: 'Every request gets its next answer, whatever the path. A name of --list, a JSON file (its fixtures are looked for beside it), or - for stdin. Default: all that have a name, chosen by the request.',
  },
  port: { value: 'N', short: 'p', help: 'Default: 8787; 0 takes one that is free.' },
  tls: { help: 'https, with a certificate made for this run.' },
  'cert-out': {
    value: 'FILE',
    help: 'Write that certificate to a file, for clients to trust; implies --tls.',
  },
  cert: { value: 'FILE', help: 'A certificate of your own (PEM), with --key; implies --tls.' },
  key: { value: 'FILE', help: 'Its private key (PEM).' },
  http2: {
    help: 'HTTP/2 and nothing else: by ALPN with --tls, by prior knowledge without. Browsers need --tls for it.',
  },
  'no-cors': { help: 'Pages of other origins may not read the answers. Default: any page may.' },
  json: { help: 'One JSON object a line: listening, request, client_gone. With --list: one a scenario.' },
  list: { help: 'The named scenarios, and what their wire needs.' },
  print: { value: 'NAME', help: 'A named scenario as JSON, as a start for one of your own.' },
  help: { short: 'h', help: 'This text.' },
} as const satisfies Record<string, GatewayOptionRow>

export type GatewayOptionName = keyof typeof GATEWAY_OPTIONS

const NAMES = Object.keys(GATEWAY_OPTIONS) as readonly GatewayOptionName[]
const rowOf = (name: GatewayOptionName): GatewayOptionRow => GATEWAY_OPTIONS[name]

/** What is the default already. */
const ALREADY_SO = 'cors'

export interface GatewayOptions {
  has(name: GatewayOptionName): boolean
  /** The last one given. */
  value(name: GatewayOptionName): string | undefined
}

export function parseGatewayOptions(args: readonly string[]): GatewayOptions {
  const options = Object.fromEntries(
    NAMES.map((name) => {
      const { short, value } = rowOf(name)
      const type = value === undefined ? ('boolean' as const) : ('string' as const)
      return [name, { type, multiple: true, ...(short === undefined ? {} : { short }) }]
    }),
  )
  // Not strict: parseArgs' own messages know no nearest option.
  const { tokens } = parseArgs({
    args: [...args],
    options: { ...options, [ALREADY_SO]: { type: 'boolean' } },
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const given = new Map<GatewayOptionName, string>()
  for (const token of tokens) {
    if (token.kind === 'positional') throw misplaced(token.value)
    if (token.kind !== 'option' || token.name === ALREADY_SO) continue
    if (!Object.hasOwn(GATEWAY_OPTIONS, token.name)) throw unknownOption(token.rawName)
    const name = token.name as GatewayOptionName
    const expects = rowOf(name).value
    // Without a value the next option would be taken for one.
    const missing =
      token.value === undefined || (token.inlineValue === false && /^--?[a-z]/.test(token.value))
    if (expects !== undefined && missing) {
      throw new UsageError(`--${name} needs a value: ${token.rawName} ${expects}`)
    }
    if (expects === undefined && token.value !== undefined) throw new UsageError(`--${name} takes no value.`)
    given.set(name, token.value ?? '')
  }
  return { has: (name) => given.has(name), value: (name) => given.get(name) }
}

function misplaced(argument: string): UsageError {
  const shown = harmlessLine(argument)
  return new UsageError(
    `gateway takes no arguments, only options; for a scenario: rx-sse gateway --scenario ${shown}`,
  )
}

function unknownOption(rawName: string): UsageError {
  const near = rawName.startsWith('--') ? nearest(rawName.slice(2), NAMES) : undefined
  const advice = near === undefined ? 'rx-sse gateway --help lists them' : `did you mean --${near}?`
  return new UsageError(`unknown option ${harmlessLine(rawName)}; ${advice}`)
}

const LEFT = 26
const WIDTH = 96

function entry(left: string, help: string): string {
  const lines = ['']
  for (const word of help.split(' ')) {
    const line = lines.at(-1) as string
    if (line !== '' && line.length + 1 + word.length > WIDTH - LEFT) lines.push(word)
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`
  }
  const lead = left.length < LEFT ? left.padEnd(LEFT) : `${left}\n${' '.repeat(LEFT)}`
  return `${lead}${lines.join(`\n${' '.repeat(LEFT)}`)}\n`
}

function optionEntry(name: GatewayOptionName): string {
  const { short, value, help } = rowOf(name)
  const names = `${short === undefined ? '    ' : `-${short}, `}--${name}`
  return entry(`  ${names}${value === undefined ? '' : ` ${value}`}`, help)
}

export const gatewayHelp = (): string => `\
rx-sse gateway listens on 127.0.0.1, answers like a model gateway, and breaks its streams as told,
so that a UI in any language can be pointed at it.

  rx-sse gateway                       all named scenarios, chosen by the path or the model
  rx-sse gateway --scenario NAME|FILE  this one, for every request
  rx-sse gateway --list | --print NAME

${NAMES.map(optionEntry).join('')}
It runs until Ctrl-C (exit code 130). Wrong options, a wrong scenario or a port that is taken end it
with exit code 2.

Examples
  rx-sse gateway
  curl -N http://127.0.0.1:8787/clean-end/v1/chat/completions -d '{"model":"m","stream":true}'
  rx-sse gateway --print fin > mine.json; rx-sse gateway --scenario mine.json --port 9000
  rx-sse gateway --http2 --cert-out gateway.pem
`
