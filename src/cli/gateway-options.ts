import { type GivenOptions, type OptionRow, optionEntry, parseRows } from './option-rows.ts'
import { harmlessLine } from './terminal.ts'
import { nearest, UsageError } from './usage.ts'

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
} as const satisfies Record<string, OptionRow>

type GatewayOptionName = keyof typeof GATEWAY_OPTIONS

const NAMES = Object.keys(GATEWAY_OPTIONS) as readonly GatewayOptionName[]

export type GatewayOptions = GivenOptions<GatewayOptionName>

export function parseGatewayOptions(args: readonly string[]): GatewayOptions {
  // CORS is the default already.
  const settings = { unknown: unknownOption, ignored: ['cors'], valuesLikeOptions: false }
  const options = parseRows<GatewayOptionName>(GATEWAY_OPTIONS, args, settings)
  const [argument] = options.positionals
  if (argument !== undefined) throw misplaced(argument)
  return options
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

const COLUMN = 26

export const gatewayHelp = (): string => `\
rx-sse gateway listens on 127.0.0.1, answers like a model gateway, and breaks its streams as told,
so that a UI in any language can be pointed at it.

  rx-sse gateway                       all named scenarios, chosen by the path or the model
  rx-sse gateway --scenario NAME|FILE  this one, for every request
  rx-sse gateway --list | --print NAME

${NAMES.map((name) => optionEntry(name, GATEWAY_OPTIONS[name], COLUMN)).join('')}
It runs until Ctrl-C (exit code 130). Wrong options, a wrong scenario or a port that is taken end it
with exit code 2.

Examples
  rx-sse gateway
  curl -N http://127.0.0.1:8787/clean-end/v1/chat/completions -d '{"model":"m","stream":true}'
  rx-sse gateway --print fin > mine.json; rx-sse gateway --scenario mine.json --port 9000
  rx-sse gateway --http2 --cert-out gateway.pem
`
