import { anthropicMessages, type Dialect, openaiChat, rawEvents } from '../../src/index.ts'
import {
  blockStart,
  DONE,
  FINISH,
  messageStart,
  messageStop,
  PING,
  plain,
  ROLE,
  textDelta,
  tokens,
} from './wire-text.ts'

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
    blocks: [ROLE, ...['One', ' two', ' two', ' three', ' four'].map((text) => tokens(text))],
    end: FINISH,
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
