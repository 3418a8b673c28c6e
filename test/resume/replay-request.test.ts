import { describe, expect, it } from 'vitest'
import {
  type Dialect,
  done,
  eventSource,
  fromCursor,
  type ResumeStrategy,
  replay,
  type ServerSentEvent,
} from '../../src/index.ts'
import { joining } from './joining-dialect.ts'
import { AT_ONCE, cut, datas, play, tell } from './play.ts'
import { DONE, numbered, plain } from './wire-text.ts'

describe('replay', () => {
  it('shows each way in the connecting signals, and no event twice', async () => {
    const { story } = await tell([plain('a', 'b'), plain('a'), plain('a', 'b', 'c') + DONE], {
      resume: replay(),
    })
    expect(story).toEqual([
      'connecting 1',
      'open 1',
      'value a',
      'value b',
      'waiting 1',
      'connecting 2 replay',
      'open 2',
      'waiting 2',
      'connecting 3 replay',
      'open 3',
      'value c',
    ])
  })

  it('repeats the request before the first value', async () => {
    const { story } = await tell(['', plain('a') + DONE], { resume: replay() })
    expect(story).toContain('connecting 2')
  })

  it('asks with the same method, body and key', async () => {
    const { requests } = await play([plain('a'), plain('a', 'b') + DONE], {
      resume: replay(),
      body: { stream: true },
      idempotencyKey: true,
    })
    expect(requests.map(({ method, body }) => `${method} ${body}`)).toEqual(
      Array(2).fill('POST {"stream":true}'),
    )
    const [first, second] = requests.map(({ headers }) => headers['idempotency-key'])
    expect(first).toMatch(/^[0-9a-f-]{36}$/)
    expect(second).toBe(first)
  })

  it('asks each time from the lastEventId of the config, whatever IDs came since', async () => {
    const answers = [numbered(6, 7), numbered(6), numbered(6, 7, 8), numbered(6, 7, 8, 9) + DONE]
    const seen = await play(answers, { resume: replay(), lastEventId: '5' })
    expect(datas(seen.values)).toEqual(['e6', 'e7', 'e8', 'e9'])
    expect(seen.requests.map(({ headers }) => headers['last-event-id'])).toEqual(['5', '5', '5', '5'])
  })

  it('reads with a fresh memory each time', async () => {
    const config = { dialect: joining, resume: replay<string>() }
    const answer = ['Hel', 'lo.', 'How', ' are', ' you.', 'Bye.']
    for (let first = 0; first <= answer.length; first++) {
      for (const second of [0, 1, 3, 4]) {
        const seen = await play(
          [plain(...answer.slice(0, first)), plain(...answer.slice(0, second)), plain(...answer) + DONE],
          config,
        )
        expect([seen.completed, seen.values]).toEqual([true, ['Hello.', 'How are you.', 'Bye.']])
      }
    }
  })
})

describe('replay on an endless feed', () => {
  const config = { dialect: eventSource(), resume: replay<ServerSentEvent>(), retry: AT_ONCE } as const

  it('passes over what it has, also after a response that is over', async () => {
    const answers = [
      plain('a', 'b'),
      { fixture: plain('a', 'b', 'c') },
      plain('a'),
      plain('a', 'b', 'c', 'd'),
    ]
    const seen = await play(
      [...answers.map((one) => (typeof one === 'string' ? cut(one) : one)), { status: 204 }],
      config,
    )
    expect(datas(seen.values)).toEqual(['a', 'b', 'c', 'd'])
    expect(seen.completed).toBe(true)
  })

  it('ends with the first difference', async () => {
    const seen = await play([cut(plain('a', 'b')), cut(plain('a', 'x'))], config)
    expect(seen.error).toMatchObject({ code: 'replay_mismatch', mismatch: { index: 1 } })
    expect(datas(seen.values)).toEqual(['a', 'b'])
  })
})

describe('replay after IDs', () => {
  const either: ResumeStrategy = {
    name: 'either',
    keeps: 1_000,
    resume: (at) => fromCursor().resume(at) ?? replay().resume(at),
  }

  it('goes on from the IDs of the answer that was compared', async () => {
    const seen = await play([plain('e1', 'e2'), numbered(1, 2, 3), numbered(4) + DONE], { resume: either })
    expect(datas(seen.values)).toEqual(['e1', 'e2', 'e3', 'e4'])
    expect(seen.requests.map(({ headers }) => headers['last-event-id'])).toEqual([undefined, undefined, '3'])
  })

  it('follows a server that goes back by IDs of a repetition, or finds it out', async () => {
    const seen = await play([plain('e1', 'e2'), numbered(1, 2, 3), numbered(1, 2, 3, 4) + DONE], {
      resume: either,
    })
    expect(datas(seen.values).filter((data) => data === 'e1')).toEqual(['e1'])
  })
})

describe('replay from a lastEventId', () => {
  it('gives events without an ID the same last event ID as before', async () => {
    const asItIs: Dialect<ServerSentEvent> = {
      name: 'as-it-is',
      read: (event) => (event.data === '[DONE]' ? done() : { ...event }),
    }
    const seen = await play([plain('a', 'b'), plain('a', 'b', 'c') + DONE], {
      dialect: asItIs,
      resume: replay<ServerSentEvent>(),
      lastEventId: '5',
    })
    expect(seen.error).toBeUndefined()
    expect(seen.values.map(({ id }) => id)).toEqual(['5', '5', '5'])
  })
})
