import { describe, expect, it } from 'vitest'
import {
  type ChatCompletionChunk,
  continueWith,
  type EventStreamConfig,
  openaiChat,
  type StreamRequestChange,
} from '../../src/index.ts'
import { textsOf } from './play.ts'
import { VirtualStream } from './virtual.ts'
import { ROLE, tokens } from './wire-text.ts'

type Answer = StreamRequestChange | undefined

const failing = (): never => {
  throw new Error('mine')
}

describe('what was held back when a strategy has nothing more to ask for', () => {
  it.each<[string, () => Answer | Promise<Answer>, string]>([
    ['at once', () => undefined, 'stream_terminated'],
    ['later', async () => undefined, 'stream_terminated'],
    ['because it throws', failing, 'request_setup_failed'],
    ['because it rejects', async () => failing(), 'request_setup_failed'],
  ])('is delivered before the error: %s', async (_, last, code) => {
    const told: string[] = []
    let asked = 0
    const config: EventStreamConfig<ChatCompletionChunk> = {
      body: {},
      dialect: openaiChat(),
      resume: continueWith(() => (asked++ === 0 ? { body: { rest: true } } : last())),
    }
    const stream = await new VirtualStream([{ text: tokens('abc') }, { text: ROLE }], config, {
      onSignal: ({ type }, { ends }) => told.push(`${type} before ${ends.length === 0 ? 'it' : 'nothing'}`),
    }).runAsync()
    expect(textsOf(stream.values)).toEqual(['abc', ''])
    expect(told.at(-1)).toBe('value before it')
    expect(stream.ends).toMatchObject([{ kind: 'stream_terminated', code, events: 2, attempt: 2 }])
    expect(stream.requests).toHaveLength(2)
  })
})
