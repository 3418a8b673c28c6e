import { describe, expect, it } from 'vitest'
import {
  continueWith,
  type Dialect,
  fromEventStream,
  rawEvents,
  type ServerSentEvent,
} from '../../src/index.ts'
import { collect } from '../collect.ts'
import { SSE, serve } from '../server.ts'
import { VirtualStream } from './virtual.ts'
import { DONE, plain } from './wire-text.ts'

/** Its text is in JSON, which not every value is. */
const dialect: Dialect<ServerSentEvent> = {
  ...rawEvents(),
  text: ({ data }) => JSON.parse(data).text,
  withText: (value, text) => ({ ...value, data: JSON.stringify({ text }) }),
}

const config = {
  body: {},
  dialect,
  retry: { delay: 1 },
  resume: continueWith<ServerSentEvent>(() => ({ body: { rest: true } }), { overlap: true }),
}

const FIRST = plain('{"text":"abcdefghijk"}')
const REPEATED = plain('{"text":"ghijk"}')
const UNREADABLE = plain('no JSON')
const NEW = plain('{"text":"lmn"}')

const malformed = { kind: 'stream_terminated', code: 'malformed_event', cause: expect.any(SyntaxError) }

describe('a dialect whose text(value) throws while an overlap is looked for', () => {
  it('ends the stream with malformed_event, at whichever value that is', () => {
    for (const text of [UNREADABLE + NEW, REPEATED + UNREADABLE + NEW, UNREADABLE]) {
      const stream = new VirtualStream([{ text: FIRST }, { text: text + DONE }], config).run()
      expect(stream.ends).toMatchObject([malformed])
      expect(stream.requests).toHaveLength(2)
      expect(stream.clock.pending).toBe(0)
    }
  })

  it('does so where withText(value, text) throws as well, also at the end marker', () => {
    const cutting: Dialect<ServerSentEvent> = {
      ...dialect,
      withText() {
        throw new RangeError('no')
      },
    }
    for (const text of ['defghijklm', 'defghijk']) {
      const stream = new VirtualStream([{ text: FIRST }, { text: plain(JSON.stringify({ text })) + DONE }], {
        ...config,
        dialect: cutting,
      }).run()
      expect(stream.ends).toMatchObject([{ ...malformed, cause: expect.any(RangeError) }])
      expect(stream.clock.pending).toBe(0)
    }
  })

  it('does so over a real connection, where nobody else would catch it', async () => {
    const server = await serve((_, res, n) => {
      res.writeHead(200, SSE)
      if (n === 1) res.write(FIRST, () => res.destroy())
      else res.write(REPEATED, () => res.write(UNREADABLE, () => res.end(NEW + DONE)))
    })
    const seen = await collect(fromEventStream(server.url, config))
    expect(seen.error).toMatchObject(malformed)
    expect(server.requests).toHaveLength(2)
  })
})
