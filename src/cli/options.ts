import { type GivenOptions as Given, type OptionRow, parseRows } from './option-rows.ts'
import { harmlessLine } from './terminal.ts'
import { nearest, UsageError } from './usage.ts'

interface CommandOptionRow extends OptionRow {
  readonly repeatable?: true
  /** Describes the request, so it has no meaning for a `--replay`. */
  readonly ofRequest?: true
  readonly group: 'request' | 'reading' | 'patience' | 'output' | 'other' | 'curl'
}

export const OPTIONS = {
  request: {
    short: 'X',
    value: 'METHOD',
    ofRequest: true,
    group: 'request',
    help: 'Default: POST with a body, else GET.',
  },
  header: {
    short: 'H',
    value: 'HEADER',
    repeatable: true,
    ofRequest: true,
    group: 'request',
    help: "'Name: value', or @FILE with one a line, which keeps a key out of the process list. Repeatable.",
  },
  data: {
    short: 'd',
    value: 'DATA',
    repeatable: true,
    ofRequest: true,
    group: 'request',
    help: 'The body: text, @FILE or @- (stdin), sent as it is; several are joined with "&". Without a Content-Type header it is application/json if it parses as JSON, else a form.',
  },
  user: {
    short: 'u',
    value: 'USER:PASSWORD',
    ofRequest: true,
    group: 'request',
    help: 'Basic authentication.',
  },
  cookie: { short: 'b', value: 'COOKIES', ofRequest: true, group: 'request', help: "'name=value; …'" },
  compressed: {
    ofRequest: true,
    group: 'request',
    help: 'Ask for a compressed response (it is decoded in any case).',
  },
  dialect: {
    value: 'NAME',
    group: 'reading',
    help: 'What the events mean: raw (default), openai-chat, openai-responses, anthropic-messages, gemini, gemini-interactions, cohere, ai-sdk-ui, ag-ui, lang-graph, mcp, nest-sse, event-source (an endless feed).',
  },
  'resume-from': {
    value: 'ID',
    group: 'reading',
    help: 'Begin after this event: Last-Event-ID of the first request.',
  },
  'resume-by-replay': {
    group: 'reading',
    help: 'Where the server gave no IDs: ask again from the start, and pass over what was printed as long as it is the same. A POST is then carried out once more.',
  },
  'no-resume': { group: 'reading', help: 'Never continue a stream that has begun.' },
  retry: {
    value: 'N',
    group: 'patience',
    help: 'Failures in a row without progress that are forgiven. Default: 3 (event-source: no limit).',
  },
  'retry-delay': {
    value: 'SECONDS',
    group: 'patience',
    help: 'First wait, doubled with each failure, of which a random share is waited. Default: 0.5 (event-source: 3).',
  },
  'max-time': {
    short: 'm',
    value: 'SECONDS',
    group: 'patience',
    help: 'For everything, waits included. Default: none.',
  },
  'connect-timeout': {
    value: 'SECONDS',
    ofRequest: true,
    group: 'patience',
    help: 'For TCP and TLS. Default: 10.',
  },
  first: { value: 'SECONDS', group: 'patience', help: 'Until the first content. Default: 300.' },
  idle: {
    value: 'SECONDS',
    group: 'patience',
    help: 'Longest silence, where comments count as sound. Default: 120.',
  },
  stall: {
    value: 'SECONDS',
    group: 'patience',
    help: 'Longest time without content, however chatty the comments. Default: 300.',
  },
  text: {
    group: 'output',
    help: 'Only the text of the completion, as it arrives; needs the --dialect of a language model, such as openai-chat.',
  },
  json: {
    group: 'output',
    help: 'Everything that happens, one JSON object a line: connecting, open, value, cursor, waiting, then complete or error. For scripts; implies --silent.',
  },
  silent: { short: 's', group: 'output', help: 'Nothing on stderr but a final error, on one line.' },
  verbose: {
    short: 'v',
    group: 'output',
    help: 'On stderr also what was sent (names of headers) and answered.',
  },
  record: {
    value: 'FILE',
    group: 'output',
    help: 'Write the body as it arrives; a second response goes to FILE with ".2" in its name, and so on.',
  },
  replay: {
    value: 'FILE',
    repeatable: true,
    group: 'output',
    help: 'Read this recording instead of a URL; - is stdin. Repeated: what the second, third, … request gets.',
  },
  'max-event-size': {
    value: 'CHARACTERS',
    group: 'other',
    help: 'A larger event ends the stream. Default: 16777216.',
  },
  help: { short: 'h', group: 'other', help: 'This text.' },
  version: { short: 'V', group: 'other', help: 'The version.' },
  'data-raw': {
    value: 'DATA',
    repeatable: true,
    ofRequest: true,
    group: 'curl',
    help: '--data without the @',
  },
  'data-binary': {
    value: 'DATA',
    repeatable: true,
    ofRequest: true,
    group: 'curl',
    help: '--data',
  },
  'no-buffer': { short: 'N', group: 'curl', help: 'always so' },
  location: { short: 'L', group: 'curl', help: 'always so' },
  fail: { short: 'f', group: 'curl', help: 'always so' },
  'show-error': { short: 'S', group: 'curl', help: 'always so' },
} as const satisfies Record<string, CommandOptionRow>

export type OptionName = keyof typeof OPTIONS

export const rowOfOption = (name: OptionName): CommandOptionRow => OPTIONS[name]

/** What curl has and this command does otherwise, or not. */
const CURL_HINTS: Readonly<Record<string, string>> = {
  '-k': 'a certificate is always checked; NODE_EXTRA_CA_CERTS=FILE adds a private CA',
  '--insecure': 'a certificate is always checked; NODE_EXTRA_CA_CERTS=FILE adds a private CA',
  '--cacert': 'NODE_EXTRA_CA_CERTS=FILE adds a private CA',
  '-o': 'write to a file with > FILE, or keep the raw bytes with --record FILE',
  '--output': 'write to a file with > FILE, or keep the raw bytes with --record FILE',
  '-i': 'see the response head with -v',
  '--include': 'see the response head with -v',
  '-A': "use -H 'User-Agent: …'",
  '--user-agent': "use -H 'User-Agent: …'",
  '-e': "use -H 'Referer: …'",
  '--referer': "use -H 'Referer: …'",
  '-F': 'a form with files cannot be sent; use -d',
  '--form': 'a form with files cannot be sent; use -d',
  '-G': 'put the query into the URL',
  '--get': 'put the query into the URL',
  '--url': 'the URL stands alone, without an option',
}

export type GivenOptions = Given<OptionName>

function unknownOption(rawName: string): UsageError {
  const hint = Object.hasOwn(CURL_HINTS, rawName) ? CURL_HINTS[rawName] : undefined
  if (hint !== undefined) return new UsageError(`${rawName} is not an option here: ${hint}.`)
  const near = rawName.startsWith('--') ? nearest(rawName.slice(2), Object.keys(OPTIONS)) : undefined
  const advice = near === undefined ? 'rx-sse --help lists them' : `did you mean --${near}?`
  return new UsageError(`unknown option ${harmlessLine(rawName)}; ${advice}`)
}

export const parseOptions = (args: readonly string[]): GivenOptions =>
  parseRows<OptionName>(OPTIONS, args, { unknown: unknownOption })
