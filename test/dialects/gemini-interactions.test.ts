import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  fromEventStream,
  geminiInteractions,
  type InteractionEvent,
  type InteractionSoFar,
  type Message,
  type StreamRequest,
} from '../../src/index.ts'
import { collect } from '../collect.ts'
import { serve } from '../server.ts'
import { expectNoHarm, oddEvents } from './odd-events.ts'

const dialect = geminiInteractions()
const created = (id: string, status = 'in_progress') => ({
  event_type: 'interaction.created',
  interaction: { id, status },
})
const delta = (text: string, event_id: string) => ({
  event_type: 'step.delta',
  index: 0,
  event_id,
  delta: { type: 'text', text },
})
const completed = { event_type: 'interaction.completed', interaction: { id: 'v1/a', status: 'completed' } }
const lines = (...events: readonly object[]): string =>
  events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')

const resumed = (url: string, body: unknown, memory: { id?: string }, method = 'POST') => {
  const request: StreamRequest = { method, url: new URL(url), body }
  return dialect.resume?.(request, 'e 2', memory)
}

describe('an error of the API', () => {
  it.each([
    ['quota_exceeded', 'rate_limit_exceeded', false],
    ['rate_limit_exceeded', 'rate_limit_exceeded', true],
    ['already_exists', 'conflict', false],
    ['aborted', 'conflict', true],
    ['cancelled', 'stream_error', false],
    ['unimplemented', 'unsupported_interface', false],
    ['deadline_exceeded', 'model_timeout', true],
  ])('%s is a %s', async (code, row, retryable) => {
    const server = await serve((_, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(lines({ event_type: 'error', error: { code, message: 'm' } }))
    })
    const { error } = await collect(fromEventStream(server.url, { dialect, retry: false }))
    expect(error).toMatchObject({ kind: 'stream_error', code: row, retryable, upstream: { code } })
  })
})

describe('going on', () => {
  const retry = { delay: 1, jitter: 'none' } as const

  it('does not take a mere [DONE] for the end of what has reported an error', async () => {
    const error = { event_type: 'error', error: { code: 'gateway_timeout', message: 'm' } }
    const server = await serve((req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(
        req.method === 'POST'
          ? lines(created('a'), delta('H', 'e1'), error)
          : 'event: done\ndata: [DONE]\n\n',
      )
    })
    const seen = await collect(
      fromEventStream(`${server.url}/interactions`, { body: {}, dialect, retry: { ...retry, count: 1 } }),
    )
    expect(seen.completed).toBe(false)
    expect(seen.error).toMatchObject({ kind: 'stream_error', code: 'model_timeout', message: 'm' })
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'GET'])
  })

  it('completes if the interaction goes on behind an error of the connection', async () => {
    const error = { event_type: 'error', error: { code: 'gateway_timeout', message: 'm' } }
    const server = await serve((req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      if (req.method === 'POST') res.end(lines(created('a'), delta('H', 'e1'), error))
      else res.end(`${lines(delta('i', 'e2'), completed)}data: [DONE]\n\n`)
    })
    const seen = await collect(
      fromEventStream(`${server.url}/interactions`, { body: {}, dialect, retry: { ...retry, count: 1 } }),
    )
    expect(seen).toMatchObject({ completed: true, error: undefined })
  })

  it('does not begin an agent twice', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      const { interaction, ...event } = created('a')
      res.write(lines({ ...event, interaction: { ...interaction, agent: 'deep-research' } }), () =>
        setTimeout(() => res.socket?.destroy(), 10),
      )
    })
    const { values, error } = await collect(
      fromEventStream(`${server.url}/interactions`, { body: { background: true }, dialect, retry }),
    )
    expect(values).toHaveLength(1)
    expect(error).toMatchObject({ kind: 'stream_terminated', resumable: false })
    expect(server.requests).toHaveLength(1)
  })

  it('asks for the interaction, after the last event that had an ID', async () => {
    const server = await serve((req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      if (req.method === 'POST') res.end(lines(created('v1/a'), delta('He', 'e1'), delta('l', 'e 2')))
      else res.end(lines(delta('lo', 'e3'), completed))
    })
    const { values, completed: whole } = await collect(
      fromEventStream(`${server.url}/v1beta/interactions?alt=sse`, {
        body: { model: 'm', input: 'Hi', stream: true },
        headers: { 'x-goog-api-key': 'k' },
        dialect,
        retry,
      }),
    )
    expect(whole).toBe(true)
    expect(values.map((value) => dialect.text(value)).join('')).toBe('Hello')
    expect(server.requests.map(({ method, url }) => [method, url])).toEqual([
      ['POST', '/v1beta/interactions?alt=sse'],
      ['GET', '/v1beta/interactions/v1%2Fa?alt=sse&stream=true&last_event_id=e+2'],
    ])
    expect(server.requests[1]?.headers).toMatchObject({ 'x-goog-api-key': 'k' })
    expect(server.requests[1]?.headers).not.toHaveProperty('last-event-id')
  })

  it('does not where an event without an ID was the last: it would come twice', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(lines(created('v1'), delta('He', 'e1'), { event_type: 'step.stop', index: 0 }))
    })
    const { error } = await collect(fromEventStream(server.url, { body: {}, dialect, retry }))
    expect(error).toMatchObject({ kind: 'stream_terminated', resumable: false, lastEventId: 'e1' })
    expect(server.requests).toHaveLength(1)
  })

  it('goes on after a reload, from a GET of the config', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(lines(delta('lo', 'e3'), completed))
    })
    const url = `${server.url}/v1beta/interactions/v1`
    const { completed: whole } = await collect(fromEventStream(url, { dialect, lastEventId: 'e2' }))
    expect(whole).toBe(true)
    expect(server.requests[0]?.url).toBe('/v1beta/interactions/v1?stream=true&last_event_id=e2')
  })

  it('does not know where to, without an ID of the interaction or without its being stored', () => {
    expect(resumed('http://h.test/interactions', {}, {})).toBeUndefined()
    expect(resumed('http://h.test/interactions', { store: false }, { id: 'v1' })).toBeUndefined()
    const change = resumed('http://h.test/interactions/?key=k', {}, { id: 'v1' })
    expect(String(change?.url)).toBe('http://h.test/interactions/v1?key=k&stream=true&last_event_id=e+2')
  })

  it('keeps no ID in memory that is none', () => {
    const memory = {}
    dialect.read({ data: JSON.stringify(created('x'.repeat(5_000))) }, memory)
    expect(memory).toEqual({})
  })
})

describe('what its facts say', () => {
  const reading = (text: string) => {
    const event = /^event: (.*)$/m.exec(text)?.[1]
    const data = /^data: (.*)$/m.exec(text)?.[1] ?? ''
    return dialect.read({ data, ...(event !== undefined && { event }) }, {})
  }

  it('ends a stream', () => {
    const ends = dialect.facts?.end ?? []
    expect(ends).toHaveLength(1)
    for (const text of ends) expect(reading(text)).toMatchObject({ type: 'done' })
  })

  it('fails one', () => {
    const [event = '', status = '', bare = ''] = dialect.facts?.errors ?? []
    expect(reading(event)).toMatchObject({ type: 'failed', upstream: { code: 'gateway_timeout' } })
    expect(reading(status)).toMatchObject({ type: 'failed' })
    const colon = bare.indexOf(':')
    expect(dialect.readField?.(bare.slice(0, colon), bare.slice(colon + 1))).toMatchObject({
      type: 'failed',
      upstream: { code: 503, type: 'UNAVAILABLE' },
    })
  })
})

const messageOf = (values: readonly object[]) =>
  (values as InteractionEvent[]).reduce<Message<InteractionSoFar> | undefined>(dialect.accumulate, undefined)

describe('the message', () => {
  const start = (index: number, step: object) => ({ event_type: 'step.start', index, step })
  const piece = (more: object, index = 0) => ({ event_type: 'step.delta', index, delta: more })
  const args = (text: string) => piece({ type: 'arguments_delta', arguments: text })
  const stop = (index: number) => ({ event_type: 'step.stop', index })
  const call = start(0, { type: 'function_call', id: 'k', name: 'f', arguments: {} })
  const end = (status: string) => ({ event_type: 'interaction.completed', interaction: { id: 'v', status } })

  it('has no complete call before something follows its end, at any prefix', () => {
    const next = start(1, { type: 'model_output' })
    const values = [call, args('{"a":'), args('1}'), stop(0), next, end('completed')]
    const complete = values.map((_, at) => messageOf(values.slice(0, at + 1))?.toolCalls[0]?.complete)
    expect(complete).toEqual([false, false, false, false, true, true])
  })

  it.each(['incomplete', 'failed', 'cancelled', 'budget_exceeded', 'requires_continuation', 'new_one'])(
    'has no complete call where the interaction ends as %s',
    (status) => {
      expect(messageOf([call, args('{}'), stop(0), end(status)])?.toolCalls[0]?.complete).toBe(false)
    },
  )

  it('has no complete call whose end was not told', () => {
    expect(messageOf([call, args('{}'), end('requires_action')])?.toolCalls[0]?.complete).toBe(false)
  })

  it('does not believe an event that says itself that a step has stopped', () => {
    const fake = start(0, { type: 'function_call', name: 'f', arguments: {}, stopped: true })
    const sneaky = piece({ type: 'x', stopped: true, index: 9 })
    expect(messageOf([fake, args('{}'), sneaky, end('requires_action')])?.toolCalls[0]?.complete).toBe(false)
  })

  it('shares what has not changed', () => {
    const before = messageOf([call, args('{}'), stop(0), start(1, { type: 'model_output' })])
    const after = dialect.accumulate(before, { ...delta('a', 'e'), index: 1 } as InteractionEvent)
    expect(after.toolCalls).toBe(before?.toolCalls)
    expect(after.snapshot.steps[0]).toBe(before?.snapshot.steps[0])
    expect(after.snapshot.steps[1]).not.toBe(before?.snapshot.steps[1])
  })

  it('joins texts, annotates the last, and takes what a step begins with', () => {
    const message = messageOf([
      start(0, { type: 'model_output', content: [{ type: 'text', text: 'a' }] }),
      delta('b', 'e'),
      piece({ type: 'text_annotation_delta', annotations: [{ n: 1 }] }),
      {
        event_type: 'interaction.status_update',
        interaction_id: 'v',
        status: 'in_progress',
        usage: { n: 2 },
      },
    ])
    expect(message).toMatchObject({ id: 'v', text: 'ab', usage: { n: 2 } })
    expect(message?.snapshot.steps[0]?.content).toEqual([
      { type: 'text', text: 'ab', annotations: [{ n: 1 }] },
    ])
  })
})

describe('the values', () => {
  const keys =
    'event_type event_id index step content delta interaction id status type text summary arguments annotations metadata stopped steps name'
  const types =
    'interaction.created interaction.status_update step.start step.delta step.stop content.start content.delta'.split(
      ' ',
    )

  it('may be of any shape', () => {
    const words = [...types, 'function_call', 'arguments_delta', 'text', 'thought_summary']
    const odd = oddEvents(keys.split(' '), words)
    const nearly = fc.record({
      event_type: fc.constantFrom(...types),
      index: fc.nat({ max: 2 }),
      step: odd,
      delta: odd,
      interaction: odd,
    })
    fc.assert(
      fc.property(fc.array(fc.oneof(odd, nearly), { maxLength: 8 }), (events) =>
        expectNoHarm(dialect, events),
      ),
      { numRuns: 400 },
    )
  })

  it('count as content if they say something', () => {
    const is = (value: object) => dialect.isContent?.(value as InteractionEvent)
    const piece = (value: object) => is({ event_type: 'step.delta', index: 0, delta: value })
    expect(is(created('v'))).toBe(false)
    expect(is({ event_type: 'step.start', index: 0, step: { type: 'model_output' } })).toBe(false)
    expect(is({ event_type: 'step.start', index: 0, step: { type: 'function_call', name: 'f' } })).toBe(true)
    expect(piece({ type: 'text', text: '' })).toBe(false)
    expect(piece({ type: 'text', text: 'a' })).toBe(true)
    expect(piece({ type: 'thought_signature', signature: 'x' })).toBe(false)
    expect(piece({ type: 'thought_summary', content: { text: 'a' } })).toBe(true)
    expect(piece({ type: 'image', data: 'x' })).toBe(true)
  })

  it('are the same where only what belongs to a run differs', () => {
    const same = (a: object, b: object) => dialect.isSame?.(a as InteractionEvent, b as InteractionEvent)
    expect(same(created('a'), created('b'))).toBe(true)
    expect(same(created('a'), created('a', 'queued'))).toBe(false)
    expect(same(delta('x', '1'), delta('x', '2'))).toBe(true)
    expect(same(delta('x', '1'), delta('y', '1'))).toBe(false)
  })

  it('take another text', () => {
    const value = delta('ab', 'e1') as InteractionEvent
    expect(dialect.withText?.(value, 'b')).toEqual(delta('b', 'e1'))
    expect(dialect.text(value)).toBe('ab')
  })
})
