import { describe, expect, it } from 'vitest'
import { type ChatCompletionChunk, openaiChat } from '../../src/index.ts'
import { rolesOf, textsOf } from './play.ts'
import { VirtualStream } from './virtual.ts'
import { FINISH, ROLE, tokens } from './wire-text.ts'

const played = (first: string): VirtualStream<ChatCompletionChunk> =>
  new VirtualStream<ChatCompletionChunk>([{ text: first }, { text: ROLE + tokens('One') + FINISH }], {
    body: {},
    dialect: openaiChat(),
  }).run()

describe('an ID alone before the role chunk', () => {
  it.each([
    ['the role', `id: 7\n\n${ROLE}`],
    ['the role and an empty delta', `id: 7\n\n${ROLE}${tokens('')}`],
    ['nothing', 'id: 7\n\n'],
    ['another, and the role', `id: 6\n\nid: 7\n\n${ROLE}`],
  ])('followed by %s and a cut repeats the request from that ID, and gives the role once', (_, first) => {
    const stream = played(first)
    expect(stream.requests.map(({ headers }) => headers.get('last-event-id'))).toEqual([undefined, '7'])
    expect(rolesOf(stream.values)).toBe(1)
    expect(textsOf(stream.values)).toEqual(['', 'One', ''])
    expect(stream.ends).toEqual(['complete'])
  })

  it('is told as a cursor at once, and is none any more after the role that had no ID', () => {
    const { signals } = played(`id: 7\n\n${ROLE}`)
    const told = signals.flatMap((signal) =>
      signal.type === 'cursor' || signal.type === 'value' ? [`${signal.type} ${signal.lastEventId}`] : [],
    )
    expect(told).toEqual(['cursor 7', 'value undefined', 'value undefined', 'value undefined'])
  })
})
