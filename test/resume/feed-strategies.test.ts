import { describe, expect, it } from 'vitest'
import {
  continueWith,
  eventSource,
  fromCursor,
  type ResumeStrategy,
  replay,
  restart,
  type ServerSentEvent,
} from '../../src/index.ts'
import { inShort } from './play.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { numbered } from './wire-text.ts'

const over = (text: string): Reply => ({ text, end: 'clean' })
const GONE: Reply = { status: 204 }

const story = (resume: ResumeStrategy<ServerSentEvent>, ...replies: readonly Reply[]) => {
  const stream = new VirtualStream(replies, { dialect: eventSource(), resume }).run(10)
  const told = stream.signals.filter(({ type }) => type === 'value' || type === 'reset').map(inShort)
  return { told, ends: stream.ends, requests: stream.requests }
}

describe('an endless feed with a strategy', () => {
  it.each<[string, ResumeStrategy<ServerSentEvent>, string[]]>([
    ['replay', replay(), ['value e1', 'value e2', 'value e3']],
    ['fromCursor', fromCursor(), ['value e1', 'value e2', 'value e3']],
    ['restart', restart(), ['value e1', 'value e2', 'reset 2', 'value e1', 'value e2', 'value e3']],
  ])('goes on by %s after a response that is over, and is whole at a 204', (_, resume, expected) => {
    const { told, ends } = story(resume, over(numbered(1, 2)), over(numbered(1, 2, 3)), GONE)
    expect(told).toEqual(expected)
    expect(ends).toEqual(['complete'])
  })

  it('is whole at a 204 also before what was delivered has come again, which then stands', () => {
    for (const resume of [restart(), replay()]) {
      const { told, ends } = story(resume, over(numbered(1, 2)), GONE)
      expect(told).toEqual(['value e1', 'value e2'])
      expect(ends).toEqual(['complete'])
    }
  })

  it('is not asked for a rest with the request that it was begun with', () => {
    const { told, ends, requests } = story(
      continueWith<ServerSentEvent>(() => ({})),
      over(numbered(1, 2)),
    )
    expect(told).toEqual(['value e1', 'value e2'])
    expect(ends).toMatchObject([{ code: 'request_setup_failed', events: 2 }])
    expect(requests).toHaveLength(1)
  })
})
