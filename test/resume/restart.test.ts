import { describe, expect, it } from 'vitest'
import {
  anthropicMessages,
  eventStreamSignals,
  fromEventStream,
  openaiChat,
  restart,
  type ServerSentEvent,
  type StreamSignal,
  toAsyncIterable,
  values,
} from '../../src/index.ts'
import { gatewayError } from '../../src/testing/index.ts'
import { until } from '../server.ts'
import { joining } from './joining-dialect.ts'
import { AT_ONCE, cut, faultServer, inShort, stalled, tell } from './play.ts'
import {
  chatError,
  DONE,
  FINISH,
  messageStart,
  numbered,
  PING,
  plain,
  ROLE,
  textDelta,
  tokens,
} from './wire-text.ts'

const resume = restart()

describe('restart', () => {
  it('tells the whole story, and voids before the first new value', async () => {
    const seen = await tell([plain('a', 'b'), plain('x'), plain('y', 'z') + DONE], { resume })
    expect(seen.story).toEqual([
      'connecting 1',
      'open 1',
      'value a',
      'value b',
      'waiting 1',
      'connecting 2 restart',
      'open 2',
      'reset 2',
      'value x',
      'waiting 2',
      'connecting 3 restart',
      'open 3',
      'reset 3',
      'value y',
      'value z',
    ])
    expect(seen.completed).toBe(true)
  })

  it('repeats the request without a word before the first value', async () => {
    const seen = await tell(['', plain('a') + DONE], { resume })
    expect(seen.story).toEqual(['connecting 1', 'open 1', 'waiting 1', 'connecting 2', 'open 2', 'value a'])
  })

  it('asks with the same body and the same key', async () => {
    const seen = await tell([plain('a'), plain('a') + DONE], { resume, body: { q: 1 }, idempotencyKey: 'k' })
    expect(
      seen.requests.map(({ method, body, headers }) => [method, body, headers['idempotency-key']]),
    ).toEqual(Array(2).fill(['POST', '{"q":1}', 'k']))
  })

  it('leaves what was delivered standing if no attempt gives a value', async () => {
    const busy = gatewayError('model_overloaded')
    const seen = await tell([plain('a', 'b'), busy, cut(''), cut(': comment\n\n')], { resume })
    expect(seen.story.filter((line) => line.startsWith('reset'))).toEqual([])
    expect(seen.error).toMatchObject({ code: 'stream_terminated', events: 2, attempt: 4 })
  })

  it('leaves what was delivered standing also if a new answer ends before its first content', async () => {
    const seen = await tell([ROLE + tokens('a', 'b'), cut(ROLE)], { resume, dialect: openaiChat() })
    expect(seen.story.filter((line) => line.startsWith('reset'))).toEqual([])
    expect(seen.error).toMatchObject({ events: 3, attempt: 4 })
    expect(seen.values).toHaveLength(3)
    const started = await tell([messageStart() + textDelta('a'), cut(messageStart() + PING)], {
      resume,
      dialect: anthropicMessages(),
    })
    expect(started.story.filter((line) => line.startsWith('reset'))).toEqual([])
    expect(started.error).toMatchObject({ events: 2 })
  })

  it('leaves what was delivered standing if the new answer is an error that may not be tried again', async () => {
    const seen = await tell([tokens('a'), ROLE + chatError('unsafe_content')], {
      resume,
      dialect: openaiChat(),
    })
    expect(seen.story.at(-1)).toBe('open 2')
    expect(seen.error).toMatchObject({ code: 'unsafe_content', events: 1 })
  })

  it('voids before what was held back: the role comes once, after the reset', async () => {
    const seen = await tell([ROLE + tokens('a'), ROLE + tokens('b'), ROLE + tokens('c') + FINISH], {
      resume,
      dialect: openaiChat(),
    })
    expect(seen.story.filter((line) => /^(?:value|reset)/.test(line))).toEqual([
      'value ',
      'value a',
      'reset 2',
      'value ',
      'value b',
      'reset 3',
      'value ',
      'value c',
      'value ',
    ])
    expect(seen.completed).toBe(true)
  })

  it('voids also where the new answer is whole and empty: half of another is not its text', async () => {
    const seen = await tell([plain('a', 'b'), DONE], { resume })
    expect(seen.story.slice(-2)).toEqual(['open 2', 'reset 2'])
    expect(seen.completed).toBe(true)
    const role = await tell([tokens('a'), ROLE + DONE], { resume, dialect: openaiChat() })
    expect(role.story.slice(-2)).toEqual(['reset 2', 'value '])
    expect(role.completed).toBe(true)
  })

  it('ends after so many attempts as the budget has, though each gives three values', async () => {
    const seen = await tell([cut(plain('a', 'b', 'c'))], { resume })
    expect(seen.requests).toHaveLength(4)
    expect(seen.error).toMatchObject({ reason: 'socket_closed', attempt: 4, events: 3 })
    expect(seen.story.filter((line) => line.startsWith('reset'))).toEqual(['reset 2', 'reset 3', 'reset 4'])
  })

  it('takes a longer answer than ever for progress, and a shorter one for none', async () => {
    const growing = [1, 2, 3, 4, 5, 6, 7].map((n) => plain(...Array<string>(n).fill('a')))
    const seen = await tell([...growing, plain('a') + DONE], { resume, retry: { ...AT_ONCE, count: 1 } })
    expect(seen.completed).toBe(true)
    const swinging = [3, 1, 2, 3, 4].map((n) => cut(plain(...Array<string>(n).fill('a'))))
    const ended = await tell(swinging, { resume, retry: { ...AT_ONCE, count: 2 } })
    expect(ended.error).toMatchObject({ attempt: 3, events: 2 })
  })

  it('counts the events of the answer that stands', async () => {
    const seen = await tell([plain('a', 'b', 'c'), cut(plain('a'))], {
      resume,
      retry: { ...AT_ONCE, count: 1 },
    })
    expect(seen.error).toMatchObject({ events: 1, attempt: 2 })
  })

  it('begins at the lastEventId of the config, whatever IDs came since', async () => {
    const seen = await tell([numbered(6, 7), `id: 6\n\n${numbered(6)}`, numbered(6, 7) + DONE], {
      resume,
      lastEventId: '5',
    })
    expect(seen.requests.map(({ headers }) => headers['last-event-id'])).toEqual(['5', '5', '5'])
    expect(
      seen.signals.map((signal) =>
        'lastEventId' in signal ? `${signal.type} ${signal.lastEventId}` : signal.type,
      ),
    ).toEqual([
      'connecting 5',
      'open',
      'value 6',
      'value 7',
      'waiting',
      'connecting 5',
      'open',
      'reset',
      'value 6',
      'waiting',
      'connecting 5',
      'open',
      'reset',
      'value 6',
      'value 7',
    ])
    expect(seen.completed).toBe(true)
  })

  it('gives no event the ID of the answer that is void', async () => {
    const seen = await tell([numbered(1, 2), plain('a', 'b') + DONE], { resume })
    expect(seen.values).toEqual([
      { id: '1', data: 'e1' },
      { id: '2', data: 'e2' },
      { data: 'a' },
      { data: 'b' },
    ])
    expect(seen.signals.at(-1)).toMatchObject({ type: 'value', lastEventId: undefined })
  })

  it('gives all events of the new answer the same last event ID', async () => {
    const seen = await tell([plain('a'), plain('b', 'c') + DONE], { resume, lastEventId: '5' })
    expect(seen.values.map(({ id }) => id)).toEqual(['5', '5', '5'])
  })

  it('reads with a fresh memory', async () => {
    const seen = await tell([plain('One.', 'Tw'), plain('On', 'e.', 'Two.') + DONE], {
      resume,
      dialect: joining,
    })
    expect(seen.values).toEqual(['One.', 'One.', 'Two.'])
  })

  it('may be left in the reset signal: no value follows, and the server sees it', async () => {
    const server = await faultServer([cut(plain('a')), stalled(plain('b', 'c'))])
    const told: string[] = []
    const subscription = eventStreamSignals(server.url, { resume, retry: AT_ONCE }).subscribe({
      next: (signal) => {
        told.push(inShort(signal))
        if (signal.type === 'reset') subscription.unsubscribe()
      },
      error: (error) => told.push(String(error)),
      complete: () => told.push('complete'),
    })
    await server.abandoned(2)
    expect(told.slice(-2)).toEqual(['open 2', 'reset 2'])
  })
})

describe('where only values are told', () => {
  it('restart is refused at the call', () => {
    for (const face of [fromEventStream, toAsyncIterable])
      expect(() => face('http://127.0.0.1', { resume })).toThrow(/values alone cannot tell that/)
    expect(() => eventStreamSignals('http://127.0.0.1', { resume })).not.toThrow()
  })

  it('values() errors on a reset, gives nothing after it and ends the request', async () => {
    const server = await faultServer([cut(plain('a')), stalled(plain('b'))])
    const told: unknown[] = []
    eventStreamSignals(server.url, { resume, retry: AT_ONCE })
      .pipe(values())
      .subscribe({
        next: ({ data }) => told.push(data),
        error: (error) => told.push(error),
        complete: () => told.push('complete'),
      })
    await server.abandoned(2)
    expect(told).toEqual(['a', expect.any(TypeError)])
  })

  it('values() does not mind a restart that was not needed', async () => {
    const server = await faultServer([{ fixture: plain('a') + DONE }])
    const told: string[] = []
    eventStreamSignals(server.url, { resume })
      .pipe(values())
      .subscribe({ next: ({ data }) => told.push(data), complete: () => told.push('complete') })
    await until(() => told.length === 2)
    expect(told).toEqual(['a', 'complete'])
  })
})

describe('a consumer that keeps to the signals', () => {
  it('has the last answer and nothing else', async () => {
    const seen = await tell([plain('a', 'b'), plain('a'), plain('c', 'd') + DONE], { resume })
    let shown: string[] = []
    for (const signal of seen.signals as StreamSignal<ServerSentEvent>[]) {
      if (signal.type === 'reset') shown = []
      else if (signal.type === 'value') shown.push(signal.value.data)
    }
    expect(shown).toEqual(['c', 'd'])
  })
})
