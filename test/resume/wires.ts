import { anthropicMessages, type Dialect, done, ignored, openaiChat, rawEvents } from '../../src/index.ts'
import { chatChunk } from '../../src/testing/index.ts'
import { DONE, plain, ROLE } from './play.ts'

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

export interface Wire {
  readonly name: string
  readonly dialect: Dialect<unknown>
  /** Blocks that become one value each, in order. */
  readonly blocks: readonly string[]
  /** What ends it; its own value is not among the blocks. */
  readonly end: string
  /** Values of the whole. */
  readonly count: number
  /** What may come between any two blocks and is no value. */
  readonly noise: string
}

export const wires: readonly Wire[] = [
  {
    name: 'raw',
    dialect: rawEvents() as Dialect<unknown>,
    blocks: ['a', 'b', 'b', 'c', 'd', 'e'].map((data) => plain(data)),
    end: DONE,
    count: 6,
    noise: ': comment\n\n',
  },
  {
    name: 'openaiChat',
    dialect: openaiChat() as Dialect<unknown>,
    blocks: [
      ROLE,
      ...['One', ' two', ' two', ' three', ' four'].map((text) => plain(chatChunk({ content: text }))),
    ],
    end: plain(chatChunk({}, 'stop')) + DONE,
    count: 7,
    noise: ': OPENROUTER PROCESSING\n\ndata:\n\n',
  },
  {
    name: 'anthropicMessages',
    dialect: anthropicMessages() as Dialect<unknown>,
    blocks: [messageStart(), blockStart, ...['One', ' two', ' two', ' three'].map(textDelta)],
    end: messageStop,
    count: 7,
    noise: PING,
  },
]

/** One value for all pieces up to a full stop: it remembers what it has read. */
export const joining: Dialect<string, { text: string }> = {
  name: 'joining',
  memory: () => ({ text: '' }),
  read({ data: piece }, memory) {
    if (piece === '[DONE]') return done()
    memory.text += piece
    if (!piece.endsWith('.')) return ignored
    const { text } = memory
    memory.text = ''
    return text
  },
}
