import { describe, expect, it } from 'vitest'
import {
  type ChatCompletionChunk,
  type EventStreamConfig,
  openaiChat,
  rawEvents,
  type ServerSentEvent,
} from '../../src/index.ts'
import { OverlapGate } from '../../src/session/overlap-gate.ts'
import { createProgress } from '../../src/session/progress.ts'
import { Transcript } from '../../src/session/transcript.ts'
import { overlapping } from './strategies.ts'
import { VirtualStream } from './virtual.ts'
import { plain, tokens } from './wire-text.ts'

const MI = 1024 * 1024

/** A chunk without content, whose data has so many characters. */
function padded(length: number): string {
  const data = (pad: string): string => JSON.stringify({ choices: [], pad })
  return plain(data('x'.repeat(length - data('').length)))
}

describe.each<[string, string, EventStreamConfig<ChatCompletionChunk>]>([
  ['before the first content', '', {}],
  ['while it is not known whether it repeats', tokens('The quick brown fox'), { resume: overlapping() }],
])('what is held back %s', (_, first, config) => {
  /** What is delivered of an answer that has begun with this, and goes on. */
  const delivered = (...chunks: readonly string[]): number => {
    const open = { text: chunks.join(''), end: 'open' } as const
    const stream = new VirtualStream<ChatCompletionChunk>(first === '' ? [open] : [{ text: first }, open], {
      body: {},
      dialect: openaiChat(),
      ...config,
    }).run(first === '' ? 1 : 2)
    const count = stream.values.length - (first === '' ? 0 : 1)
    stream.session.stop()
    return count
  }

  it('is at most 1 Mi characters, also in a few chunks', () => {
    expect(delivered(padded(MI / 2), padded(MI / 2))).toBe(0)
    expect(delivered(padded(MI / 2), padded(MI / 2), padded(100))).toBe(3)
    expect(delivered(padded(MI))).toBe(0)
    expect(delivered(padded(MI + 1))).toBe(1)
  })
})

describe('IDs alone while it is not known whether an answer repeats', () => {
  it('are held back as one, the last, however many there are', () => {
    let moves = 0
    const progress = {
      ...createProgress('0'),
      get cursor() {
        return `${moves}`
      },
      set cursor(_) {
        moves++
      },
    }
    const gate = new OverlapGate<ServerSentEvent>(
      progress,
      () => true,
      { ...rawEvents(), text: ({ data }) => data, withText: (value, data) => ({ ...value, data }) },
      'The quick brown fox',
      { min: 1, max: 400 },
    )
    gate.admit({ data: 'brown' }, undefined, 'brown', true)
    for (let id = 0; id < 10_000; id++) gate.passOver(`id ${id}`)
    expect(gate.lastEventId).toBe('id 9999')
    gate.finish()
    expect(moves).toBe(1)
  })
})

describe('what is kept for a strategy', () => {
  it('counts values without any data as well', () => {
    const transcript = new Transcript(rawEvents(), 16)
    for (let count = 0; count < 16; count++) transcript.add({ data: '' }, '')
    expect(transcript.values).toHaveLength(16)
    transcript.add({ data: '' }, '')
    expect(transcript.values).toBeUndefined()
  })
})
