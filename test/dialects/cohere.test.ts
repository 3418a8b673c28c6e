import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type CohereEvent,
  type CohereResponse,
  cohere,
  fromEventStream,
  type Message,
} from '../../src/index.ts'
import { collect } from '../collect.ts'
import { scriptedTransport } from '../fixtures/in-memory.ts'
import { serve } from '../server.ts'
import { expectNoHarm, oddEvents } from './odd-events.ts'

const dialect = cohere()

const stream = (body: string) =>
  collect(
    fromEventStream('http://wire.test/v2/chat', {
      dialect,
      retry: false,
      transport: scriptedTransport(() => ({ chunks: [Buffer.from(body)], death: 'clean' })),
    }),
  )

const finish = (finish_reason: string, more?: object) => ({
  type: 'message-end',
  delta: { finish_reason, ...more },
})
const say = (text: string) => ({ type: 'content-delta', index: 0, delta: { message: { content: { text } } } })
const call = (id: string, index = 0) => ({
  type: 'tool-call-start',
  index,
  delta: { message: { tool_calls: { id, type: 'function', function: { name: 'f', arguments: '' } } } },
})
const args = (text: string, index = 0) => ({
  type: 'tool-call-delta',
  index,
  delta: { message: { tool_calls: { function: { arguments: text } } } },
})
const end = (index = 0) => ({ type: 'tool-call-end', index })

const messageOf = (values: readonly object[]) =>
  (values as CohereEvent[]).reduce<Message<CohereResponse> | undefined>(dialect.accumulate, undefined)

describe('what its facts say', () => {
  it.each(dialect.facts?.end ?? [])('%s ends a stream', async (lines) => {
    expect((await stream(`${lines}\n\n`)).completed).toBe(true)
  })

  it.each(dialect.facts?.errors ?? [])('%s fails one', async (lines) => {
    expect((await stream(`${lines}\n\n`)).error?.kind).toBe('stream_error')
  })
})

describe('the end', () => {
  it('counts without its blank line', async () => {
    const marker = `data: ${JSON.stringify(finish('COMPLETE'))}`
    const { completed, values } = await stream(`data: ${JSON.stringify(say('a'))}\n\n${marker}`)
    expect(completed).toBe(true)
    expect(values).toHaveLength(2)
  })

  it('is an error with what Cohere says of it', () => {
    const verdict = dialect.read({ data: JSON.stringify(finish('ERROR', { error: 'boom' })) }, undefined)
    expect(verdict).toMatchObject({ type: 'failed', upstream: { type: 'ERROR', message: 'boom' } })
  })

  it('that is an error has the request ID of its own header', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream', 'x-debug-trace-id': 't1' })
      res.end(`data: ${JSON.stringify(finish('ERROR'))}\n\n`)
    })
    const { error } = await collect(fromEventStream(server.url, { body: {}, dialect, retry: false }))
    expect(error?.requestId).toBe('t1')
  })
})

describe('the message', () => {
  it('has no complete call before something follows its end, at any prefix', () => {
    const second = [call('2', 1), args('{}', 1), end(1), finish('TOOL_CALL')]
    const values = [call('1'), args('{"a":'), args('1}'), end(), ...second]
    const complete = values.map((_, at) =>
      messageOf(values.slice(0, at + 1))?.toolCalls.map((one) => one.complete),
    )
    const [cut, whole] = [[false], [true, false]]
    expect(complete).toEqual([cut, cut, cut, cut, whole, whole, whole, [true, true]])
    expect(messageOf(values)?.toolCalls[0]?.input).toEqual({ a: 1 })
  })

  it.each(['MAX_TOKENS', 'STOP_SEQUENCE', 'ERROR', 'TIMEOUT', 'NEW', ''])(
    'has no complete call with %s',
    (reason) => {
      expect(messageOf([call('1'), args('{}'), end(), finish(reason)])?.toolCalls[0]?.complete).toBe(false)
    },
  )

  it('has no complete call whose end was not told', () => {
    expect(messageOf([call('1'), args('{}'), finish('TOOL_CALL')])?.toolCalls[0]?.complete).toBe(false)
  })

  it('does not believe a call that says itself that it has ended', () => {
    const tool_calls = { id: '1', ended: true, function: { name: 'f' } }
    const fake = { type: 'tool-call-start', index: 0, delta: { message: { tool_calls } } }
    expect(messageOf([fake, finish('TOOL_CALL')])?.toolCalls[0]?.complete).toBe(false)
  })

  it('has a complete call without input where the arguments are not JSON', () => {
    const message = messageOf([call('1'), args('{"a"'), end(), finish('TOOL_CALL')])
    expect(message?.toolCalls[0]).toEqual({ index: 0, id: '1', name: 'f', arguments: '{"a"', complete: true })
  })

  it('shares what has not changed', () => {
    const before = messageOf([call('1'), args('{}'), end(), call('2', 1)])
    const after = dialect.accumulate(before, args('{', 1) as CohereEvent)
    expect(after.toolCalls[0]).toBe(before?.toolCalls[0])
    expect(after.toolCalls[1]).not.toBe(before?.toolCalls[1])
    expect(after.snapshot.message.tool_calls?.[0]).toBe(before?.snapshot.message.tool_calls?.[0])
  })
})

describe('the values', () => {
  const keys =
    'type id index delta message content text thinking tool_plan tool_calls function name arguments citations finish_reason ended'
  const types =
    'message-start content-start content-delta tool-plan-delta tool-call-start tool-call-delta tool-call-end citation-start message-end'.split(
      ' ',
    )

  it('may be of any shape', () => {
    const odd = oddEvents(keys.split(' '), [...types, 'TOOL_CALL'])
    const nearly = fc.record({
      type: fc.constantFrom(...types),
      index: fc.nat({ max: 1 }),
      delta: fc.record({ message: odd }),
    })
    fc.assert(
      fc.property(fc.array(fc.oneof(odd, nearly), { maxLength: 8 }), (events) =>
        expectNoHarm(dialect, events),
      ),
      { numRuns: 400 },
    )
  })

  it('count as content if they say something', () => {
    const is = (value: object) => dialect.isContent?.(value as CohereEvent)
    expect(is({ type: 'message-start', id: '1' })).toBe(false)
    expect(is({ type: 'content-start', delta: { message: { content: { type: 'text', text: '' } } } })).toBe(
      false,
    )
    expect(is(say(''))).toBe(false)
    expect(is(say('a'))).toBe(true)
    expect(is({ type: 'content-delta', delta: { message: { content: { thinking: 'a' } } } })).toBe(true)
    expect(is({ type: 'tool-plan-delta', delta: { message: { tool_plan: 'a' } } })).toBe(true)
    expect(is(call('1'))).toBe(true)
    expect(is(end())).toBe(false)
  })

  it('are the same where only what belongs to a run differs', () => {
    const same = (a: object, b: object) => dialect.isSame?.(a as CohereEvent, b as CohereEvent)
    expect(same(call('1'), call('2'))).toBe(true)
    expect(same({ type: 'message-start', id: '1' }, { type: 'message-start', id: '2' })).toBe(true)
    expect(same(say('a'), say('b'))).toBe(false)
  })

  it('take another text', () => {
    const value = say('ab') as CohereEvent
    expect(dialect.withText?.(value, 'b')).toEqual(say('b'))
    expect(dialect.text(value)).toBe('ab')
  })
})
