import fc from 'fast-check'
import { concatMap, of, take, toArray } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  type Dialect,
  eventStreamSignals,
  rawEvents,
  type ServerSentEvent,
  type StreamSignal,
  values,
} from '../../src/index.ts'
import { type Scenario, startFaultServer } from '../../src/testing/index.ts'
import { pinged } from './pinged-dialect.ts'
import { type Reply, VirtualStream } from './virtual.ts'
import { DONE, numbered } from './wire-text.ts'

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
    const stream = new VirtualStream([{}, { text: numbered(8) }, { text: DONE }], config).run()
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
