import fc from 'fast-check'
import { concatMap, of, take, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  type ChatCompletionChunk,
  continueWith,
  type Dialect,
  done,
  type EventStreamConfig,
  eventSource,
  eventStreamSignals,
  ignored,
  openaiChat,
  type ResumeStrategy,
  rawEvents,
  replay,
  restart,
  type ServerSentEvent,
  type StreamSignal,
  values,
} from '../../src/index.ts'
import { chatChunk, type Scenario, startFaultServer } from '../../src/testing/index.ts'
import { DONE, events, plain, type Reply, VirtualStream } from './virtual.ts'

/** Every value and every cursor signal, with where it says that the stream can be begun again. */
const places = <T>({ signals }: VirtualStream<T>): [string, string | undefined][] =>
  signals.flatMap((signal): [string, string | undefined][] => {
    if (signal.type === 'cursor') return [['cursor', signal.lastEventId]]
    if (signal.type !== 'value') return []
    return [[(signal.value as ServerSentEvent).data, signal.lastEventId]]
  })

const read = (
  text: string,
  config: EventStreamConfig<ServerSentEvent> = {},
): [string, string | undefined][] => places(new VirtualStream([{ text: text + DONE }], config).run())

const pinged = (): Dialect<ServerSentEvent> => ({
  ...rawEvents(),
  read: (event) => (event.event === 'ping' ? ignored : event.data === '[DONE]' ? done() : event),
})

describe('the lastEventId of a value', () => {
  it('is that of its event, and undefined where the event had none', () => {
    expect(read(events(1, 2))).toEqual([
      ['e1', '1'],
      ['e2', '2'],
    ])
    expect(read(plain('a', 'b'))).toEqual([
      ['a', undefined],
      ['b', undefined],
    ])
    expect(read(`${events(1)}${plain('a')}${events(2)}`)).toEqual([
      ['e1', '1'],
      ['a', undefined],
      ['e2', '2'],
    ])
  })

  it('is undefined after an ID alone, and after a lastEventId of the config: the value came after it', () => {
    expect(read(`id: 5\n\n${plain('a')}`)).toEqual([
      ['cursor', '5'],
      ['a', undefined],
    ])
    expect(read(plain('a'), { lastEventId: '4' })).toEqual([['a', undefined]])
  })

  it('is undefined where no header can carry the ID, or it is empty', () => {
    expect(read('id: a\u0001b\ndata: x\n\nid:\ndata: y\n\nid:  z \ndata: z\n\n')).toEqual([
      ['x', undefined],
      ['y', undefined],
      ['z', undefined],
    ])
  })

  it('is the one that the dialect finds in the value', () => {
    const dialect: Dialect<ServerSentEvent> = {
      ...rawEvents(),
      idOf: ({ data }) => /n=(\d+)/.exec(data)?.[1],
    }
    expect(read(plain('n=7', 'x', 'n=8'), { dialect })).toEqual([
      ['n=7', '7'],
      ['x', undefined],
      ['n=8', '8'],
    ])
  })

  it('is undefined for values that were held back until the first content', () => {
    const role = chatChunk({ role: 'assistant', content: '' })
    const stream = new VirtualStream<ChatCompletionChunk>(
      [{ text: `${plain(role)}id: 9\ndata: ${chatChunk({ content: 'x' })}\n\n${DONE}` }],
      { dialect: openaiChat() },
    ).run()
    expect(places(stream).map(([, id]) => id)).toEqual([undefined, '9'])
  })
})

describe('a cursor signal', () => {
  it('tells of an ID alone, and of that of a ping', () => {
    expect(read(`${events(1)}id: 2\n\n`)).toEqual([
      ['e1', '1'],
      ['cursor', '2'],
    ])
    expect(read(`${events(1)}id: 2\nevent: ping\ndata: -\n\n`, { dialect: pinged() })).toEqual([
      ['e1', '1'],
      ['cursor', '2'],
    ])
  })

  it('tells that the cursor is exact again after values without an ID', () => {
    expect(read(`${events(1)}${plain('a', 'b')}id: 4\n\n${plain('c')}`)).toEqual([
      ['e1', '1'],
      ['a', undefined],
      ['b', undefined],
      ['cursor', '4'],
      ['c', undefined],
    ])
  })

  it('tells that an empty ID has taken the cursor away', () => {
    expect(read(`${events(1)}id:\n\n`)).toEqual([
      ['e1', '1'],
      ['cursor', undefined],
    ])
  })

  it('does not come where nothing has moved: for the ID that the last value had', () => {
    expect(read(`${events(1)}id: 1\n\n: hi\n\nretry: 5\n\n`)).toEqual([['e1', '1']])
  })

  it('does not come for an ID that an unfinished block, a marker or an error has', () => {
    const stream = new VirtualStream([{ text: `${events(1)}id: 2` }], { retry: false }).run()
    expect(places(stream)).toEqual([['e1', '1']])
    expect(read(`${events(1)}id: 2\n`)).toEqual([['e1', '1']])
    const failed = new VirtualStream([{ text: `${events(1)}id: 2\ndata: {"error":{"message":"m"}}\n\n` }], {
      retry: false,
    }).run()
    expect(places(failed)).toEqual([['e1', '1']])
    expect(failed.error).toMatchObject({ lastEventId: '1' })
  })

  it('does not come after the consumer has left inside another', () => {
    const stream = new VirtualStream(
      [{ text: 'id: 1\n\nid: 2\n\nid: 3\n\n' }],
      {},
      { onSignal: ({ type }, { session }) => type === 'cursor' && session.stop() },
    ).run()
    expect(places(stream)).toEqual([['cursor', '1']])
    expect([stream.ends, stream.clock.pending]).toEqual([[], 0])
  })

  it('comes for a feed as well', () => {
    const feed = new VirtualStream([{ text: 'id: 7\n\n', end: 'clean' }, { status: 204 }], {
      dialect: eventSource(),
    }).run()
    expect(places(feed)).toEqual([['cursor', '7']])
    expect(feed.requests[1]?.headers.get('last-event-id')).toBe('7')
  })
})

describe('an ID alone that is the cursor already', () => {
  const text = `${events(1)}${plain('a')}id: 1\n\n`

  it('does not say that the stream could be begun right after what came since', () => {
    const stream = new VirtualStream([{ text }], { retry: false }).run()
    expect(stream.error).toMatchObject({ lastEventId: '1', resumable: false })
  })

  it('does not make that be delivered twice', () => {
    // As a server does that goes by the ID: what comes after event 1 is the value without an ID.
    const stream = new VirtualStream([{ text }, { text: plain('a', 'b') + DONE }]).run()
    const seen = stream.values.map(({ data }) => data)
    expect(seen).toEqual(['e1', 'a', 'b'].slice(0, seen.length))
  })
})

describe('a connecting signal', () => {
  const resumes = (
    replies: readonly Reply[],
    config: EventStreamConfig<ServerSentEvent> = {},
  ): (string | undefined)[] =>
    new VirtualStream(replies, { retry: { count: 9 }, ...config })
      .run(20)
      .signals.flatMap((signal) => (signal.type === 'connecting' ? [signal.resume] : []))

  it('names no strategy for the first request and its repetitions, with a cursor or without', () => {
    expect(resumes([{}, { text: 'id: 1\n\n' }, {}, { text: DONE }])).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ])
    expect(resumes([{}, { text: DONE }], { lastEventId: '5' })).toEqual([undefined, undefined])
  })

  it.each<[string, ResumeStrategy<ServerSentEvent> | 'auto', string]>([
    ['fromCursor', 'auto', events(1)],
    ['replay', replay(), plain('a')],
    ['continueWith', continueWith(() => ({ body: 'rest' })), plain('a')],
    ['restart', restart(), plain('a')],
    ['my own', { name: 'my own', resume: () => ({ type: 'append' }) }, plain('a')],
  ])('names %s after values, with each attempt', (name, resume, text) => {
    expect(resumes([{ text }, {}, { text: DONE }], { resume })).toEqual([undefined, name, name])
  })

  it('names the way of a feed', () => {
    const replies: Reply[] = [{ text: plain('a'), end: 'clean' }, { status: 204 }]
    expect(resumes(replies, { dialect: eventSource() })).toEqual([undefined, 'reconnect'])
  })

  it('has the cursor that the request is sent with', () => {
    const stream = new VirtualStream([{}, { text: events(6) }, { text: 'id: 7\n\n' }, { text: DONE }], {
      lastEventId: '5',
    }).run()
    const told = stream.signals.flatMap((signal) =>
      signal.type === 'connecting' ? [signal.lastEventId] : [],
    )
    expect(told).toEqual(['5', '5', '6', expect.anything()])
    expect(told).toEqual(stream.requests.map(({ headers }) => headers.get('last-event-id')))
  })

  it('has the cursor of the config again for a restart, and none where there was none', () => {
    const cursors = (config: EventStreamConfig<ServerSentEvent>) =>
      new VirtualStream([{ text: events(6) }, { text: DONE }], { resume: restart(), ...config })
        .run()
        .signals.flatMap((signal) => (signal.type === 'connecting' ? [signal.lastEventId] : []))
    expect(cursors({})).toEqual([undefined, undefined])
    expect(cursors({ lastEventId: '5' })).toEqual(['5', '5'])
  })
})

describe('a page that was reloaded', () => {
  it('has every value once, wherever it was left, whatever the IDs are like', () => {
    const blocks = fc.array(
      fc.record({ hasId: fc.boolean(), kind: fc.constantFrom('value', 'value', 'value', 'id', 'ping') }),
      { minLength: 1, maxLength: 8 },
    )
    fc.assert(
      fc.property(blocks, fc.nat(20), (given, leftAfter) => {
        const stream = given.map(({ hasId, kind }, index) => {
          const id = hasId || kind === 'id' ? `id: ${index + 1}\n` : ''
          const rest =
            kind === 'value' ? `data: v${index}\n` : kind === 'ping' ? 'event: ping\ndata: -\n' : ''
          return { id: id === '' ? undefined : String(index + 1), text: `${id}${rest}\n` }
        })
        const answer = (lastEventId: string | undefined): Reply => {
          const from = stream.findIndex(({ id }) => id !== undefined && id === lastEventId)
          return {
            text:
              stream
                .slice(from + 1)
                .map(({ text }) => text)
                .join('') + DONE,
          }
        }
        const whole = new VirtualStream([answer(undefined)], { dialect: pinged() }).run()
        /** The last place that was told, and what a page had by then that went on from it. */
        let place: string | undefined
        let kept: string[] = []
        const had: string[] = []
        let told = 0
        new VirtualStream(
          [answer(undefined)],
          { dialect: pinged() },
          {
            onSignal(signal, { session }) {
              if (signal.type !== 'value' && signal.type !== 'cursor') return
              if (signal.type === 'value') had.push(signal.value.data)
              if (signal.lastEventId !== undefined) {
                place = signal.lastEventId
                kept = [...had]
              }
              if (told++ === leftAfter) session.stop()
            },
          },
        ).run()
        const again = new VirtualStream((_, { headers }) => answer(headers.get('last-event-id')), {
          dialect: pinged(),
          lastEventId: place,
        }).run()
        expect(again.ends).toEqual(['complete'])
        expect([...kept, ...again.values.map(({ data }) => data)]).toEqual(
          whole.values.map(({ data }) => data),
        )
      }),
      { numRuns: 500 },
    )
  })

  const scenario: Scenario = {
    ids: true,
    events: ['a', 'b', 'c', 'd', 'e', '[DONE]'],
    answers: [{ fault: { type: 'fin', after: { events: 2 } } }, {}],
  }

  it('goes on from the last signal, over a real connection that breaks as well', async () => {
    for (const taken of [1, 2, 3, 4]) {
      await using server = await startFaultServer(scenario)
      const config = { retry: { delay: 1 } }
      const signals$ = eventStreamSignals(server.url, config)
      const before: string[] = []
      let lastEventId: string | undefined
      await new Promise<void>((resolve) => {
        const subscription = signals$.subscribe((signal) => {
          if (signal.type !== 'value') return
          before.push(signal.value.data)
          lastEventId = signal.lastEventId
          if (before.length === taken) {
            subscription.unsubscribe()
            resolve()
          }
        })
      })
      expect(lastEventId).toBe(String(taken))
      const after = await new Promise<ServerSentEvent[]>((resolve, reject) =>
        eventStreamSignals(server.url, { ...config, lastEventId })
          .pipe(values(), toArray())
          .subscribe({ next: resolve, error: reject }),
      )
      expect([...before, ...after.map(({ data }) => data)]).toEqual(['a', 'b', 'c', 'd', 'e'])
      expect(server.requests.at(-1)?.headers['last-event-id']).toBe(String(taken))
    }
  })

  it('asks in the dialect’s way for what comes after', () => {
    const dialect: Dialect<ServerSentEvent> = {
      ...rawEvents(),
      resume: (request, cursor) => {
        request.url.searchParams.set('starting_after', cursor)
        return { method: 'GET', url: request.url, headers: { 'Last-Event-ID': undefined } }
      },
    }
    const config = { dialect, body: { ask: 1 }, lastEventId: '7' }
    const stream = new VirtualStream([{}, { text: events(8) }, { text: DONE }], config).run()
    expect(stream.requests.map(({ method, url }) => [method, url])).toEqual([
      ['GET', 'http://virtual.test/stream?starting_after=7'],
      ['GET', 'http://virtual.test/stream?starting_after=7'],
      ['GET', 'http://virtual.test/stream?starting_after=8'],
    ])
    expect(
      stream.requests.every(({ headers, body }) => !headers.has('last-event-id') && body === undefined),
    ).toBe(true)
    expect(stream.ends).toEqual(['complete'])
  })

  it('is told where the dialect cannot begin at a lastEventId', () => {
    const dialect: Dialect<ServerSentEvent> = { ...rawEvents(), resume: () => undefined }
    const stream = new VirtualStream([{ text: DONE }], { dialect, lastEventId: '7' }).run()
    expect(stream.ends).toMatchObject([
      { code: 'request_setup_failed', message: expect.stringContaining('lastEventId') },
    ])
    expect(stream.requests).toHaveLength(0)
  })

  it('with an ID beyond ASCII sends it as UTF-8', async () => {
    await using server = await startFaultServer({
      ids: true,
      events: [{ id: 'żółw-🐢', data: 'a' }, { id: 'two', data: 'b' }, '[DONE]'],
    })
    const seen = await new Promise<StreamSignal<ServerSentEvent>[]>((resolve) =>
      eventStreamSignals(server.url)
        .pipe(
          concatMap((signal) => (signal.type === 'value' ? of(signal) : [])),
          take(1),
          toArray(),
        )
        .subscribe(resolve),
    )
    const [first] = seen
    const lastEventId = first?.type === 'value' ? first.lastEventId : undefined
    expect(lastEventId).toBe('żółw-🐢')
    const rest = await new Promise<ServerSentEvent[]>((resolve, reject) =>
      eventStreamSignals(server.url, { lastEventId })
        .pipe(values(), toArray())
        .subscribe({ next: resolve, error: reject }),
    )
    expect(rest).toEqual([{ id: 'two', data: 'b' }])
  })
})
