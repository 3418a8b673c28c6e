import { entry, optionEntry } from './option-rows.ts'
import { OPTIONS, type OptionName, rowOfOption } from './options.ts'

const TITLES = {
  request: 'The request',
  reading: 'Reading',
  patience: 'Patience',
  output: 'Output',
  other: 'Other',
} as const

const COLUMN = 28

const line = (left: string, help: string): string => entry(left, help, COLUMN)
const optionLine = (name: OptionName): string => optionEntry(name, rowOfOption(name), COLUMN)

const namesIn = (group: string): OptionName[] =>
  (Object.keys(OPTIONS) as OptionName[]).filter((name) => rowOfOption(name).group === group)

const asTyped = (name: OptionName): string => {
  const { short } = rowOfOption(name)
  return short === undefined ? `--${name}` : `-${short}`
}

export const helpText = (
  commands: readonly { readonly name: string; readonly summary: string }[],
): string => `\
rx-sse reads a server-sent event stream and does not lie about how it ended.

  rx-sse [options] URL
  rx-sse [options] --replay FILE
${commands.map(({ name, summary }) => line(`  rx-sse ${name}`, summary)).join('')}
Events go to stdout as they arrive; what the stream goes through (requests, failures, waits, the
end) to stderr. A stream that is cut is resumed with Last-Event-ID where the server gave IDs, so
that no event is lost or doubled; where that cannot be had, the command says so and fails.

${(Object.keys(TITLES) as (keyof typeof TITLES)[])
  .map((group) => `${TITLES[group]}\n${namesIn(group).map(optionLine).join('')}`)
  .join('\n')}
So that a curl command can be pasted, ${namesIn('curl').map(asTyped).join(', ')} are understood too.

Exit codes
${line('  0  complete', 'the end marker came: the stream is whole')}\
${line('  2  usage', 'wrong options; nothing was sent')}\
${line('  3  request_failed', 'no stream began: unreachable, an HTTP error, not an event stream')}\
${line('  4  stream_error', 'the server reported an error inside the stream')}\
${line('  5  stream_terminated', 'it ended without its end marker, or the request to go on failed')}\
${line('  130, 143, 129', 'ended by Ctrl-C, SIGTERM, SIGHUP: the request is ended too')}\
${line('  141', 'the reader of stdout has left, as with | head: the request is ended, nothing is said')}\
${line('  1', 'anything else: the output or a recording cannot be written')}
Examples
  rx-sse https://host/feed --dialect event-source
  rx-sse https://host/v1/chat/completions -H @key.txt -d @body.json --dialect openai-chat --text
  rx-sse https://host/stream --json | jq -c 'select(.type == "value")'
  rx-sse https://host/stream --record talk.sse; rx-sse --replay talk.sse
`
