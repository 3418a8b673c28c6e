import { chatChunk } from '../../src/testing/index.ts'

export const DONE = 'data: [DONE]\n\n'

/** Events without an ID. */
export const plain = (...data: readonly (string | number)[]): string =>
  data.map((line) => `data: ${line}\n\n`).join('')

/** Events with these IDs. */
export const numbered = (...ids: readonly (string | number)[]): string =>
  ids.map((id) => `id: ${id}\ndata: e${id}\n\n`).join('')

/** A chunk a token, without the role. */
export const tokens = (...texts: readonly string[]): string =>
  texts.map((content) => plain(chatChunk({ content }))).join('')
export const ROLE: string = plain(chatChunk({ role: 'assistant', content: '' }))
export const FINISH: string = plain(chatChunk({}, 'stop')) + DONE

/** An error as chat servers report it inside a stream. */
export const chatError = (code: string): string =>
  plain(JSON.stringify({ error: { code, type: 't', message: 'm' } }))

/** A chunk of another run: what two runs differ in by themselves is different. */
export const runChunk = (content: string, run: string): string =>
  plain(
    JSON.stringify({
      ...JSON.parse(chatChunk({ content }, null, { id: `chatcmpl-${run}` })),
      created: run.length,
      system_fingerprint: `fp_${run}`,
      obfuscation: 'x'.repeat(run.length),
    }),
  )

/** As Anthropic names its events: the same type in both places. */
const typed = (event: string, fields: object): string =>
  `event: ${event}\ndata: ${JSON.stringify({ type: event, ...fields })}\n\n`

export const messageStart = (id = 'msg_1', outputTokens = 1): string =>
  typed('message_start', {
    message: {
      id,
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [],
      stop_reason: null,
      usage: { input_tokens: 9, output_tokens: outputTokens },
    },
  })
export const blockStart: string = typed('content_block_start', {
  index: 0,
  content_block: { type: 'text', text: '' },
})
export const textDelta = (text: string): string =>
  typed('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })
export const PING = 'event: ping\ndata: {"type":"ping"}\n\n'
export const messageStop: string = typed('message_stop', {})
