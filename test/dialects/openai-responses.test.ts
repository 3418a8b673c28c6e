import fc from 'fast-check'
import type { Observable } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import {
  eventStreamSignals,
  fromEventStream,
  type Message,
  type OpenaiResponse,
  type OpenaiResponseEvent,
  openaiResponses,
  type StreamRequest,
} from '../../src/index.ts'
import { collect } from '../collect.ts'
import { fixtures } from '../fixtures/fixture.ts'
import { serve } from '../server.ts'
import { expectNoHarm, oddEvents } from './odd-events.ts'

type Json = Record<string, unknown>

const dialect = openaiResponses<Json>()
let last = 0
const event = (type: string, more: Json = {}): Json => ({ type, sequence_number: last++, ...more })
const created = (response: Json = {}): Json => {
  last = 0
  return event('response.created', { response: { id: 'resp_1', output: [], ...response } })
}
const delta = (text: string): Json =>
  event('response.output_text.delta', { item_id: 'm', output_index: 0, content_index: 0, delta: text })
const completed = (response: Json = {}): Json =>
  event('response.completed', { response: { id: 'resp_1', status: 'completed', ...response } })
const lines = (...events: readonly object[]): string =>
  events.map((value) => `data: ${JSON.stringify(value)}\n\n`).join('')
const headers = { 'content-type': 'text/event-stream' }

const messageOf = (values: readonly Json[]): Message<OpenaiResponse> | undefined =>
  values.reduce<Message<OpenaiResponse> | undefined>((so, value) => dialect.accumulate(so, value), undefined)

const resumed = (request: Partial<StreamRequest>, memory: object, cursor = '7') => {
  const change = dialect.resume?.(
    { method: 'POST', url: new URL('https://a.example/v1/responses'), body: {}, ...request },
    cursor,
    memory,
  )
  return change && { ...change, url: String(change.url) }
}

describe('going on', () => {
  const retry = { delay: 1, jitter: 'none' } as const

  it('asks for a response that runs in the background, after the last event', async () => {
    const all = [created({ background: true }), delta('He'), delta('llo'), completed()]
    const server = await serve((req, res) => {
      res.writeHead(200, headers)
      res.end(req.method === 'POST' ? lines(...all.slice(0, 2)) : lines(...all.slice(2)))
    })
    const { values, completed: whole } = await collect(
      fromEventStream(`${server.url}/openai/v1/responses/?api-version=v1`, {
        body: { model: 'm', input: 'Hi', stream: true, background: true },
        headers: { authorization: 'Bearer k' },
        dialect,
        retry,
      }),
    )
    expect(whole).toBe(true)
    expect(values).toEqual(all)
    expect(server.requests.map(({ method, url }) => [method, url])).toEqual([
      ['POST', '/openai/v1/responses/?api-version=v1'],
      ['GET', '/openai/v1/responses/resp_1?api-version=v1&stream=true&starting_after=1'],
    ])
    expect(server.requests[1]?.headers).toMatchObject({ authorization: 'Bearer k' })
    expect(server.requests[1]?.headers).not.toHaveProperty('last-event-id')
  })

  it('does not ask for any other: the failure is emitted, and is not resumable', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, headers)
      res.end(lines(created(), delta('He')))
    })
    const { error } = await collect(fromEventStream(server.url, { body: {}, dialect, retry }))
    expect(error).toMatchObject({ kind: 'stream_terminated', resumable: false, lastEventId: '1' })
    expect(server.requests).toHaveLength(1)
  })

  it('repeats the request when it fails before the first output', async () => {
    const overloaded = { type: 'error', error: { code: 'server_is_overloaded', message: 'later' } }
    const server = await serve((_, res, n) => {
      res.writeHead(200, headers)
      const begun = [created(), event('response.in_progress', { response: { id: 'resp_1' } })]
      res.end(
        n === 1 ? lines(...begun, overloaded) : lines(created({ id: 'resp_2' }), delta('Hi'), completed()),
      )
    })
    const { values, completed: whole } = await collect(
      fromEventStream(server.url, { body: {}, dialect, retry }),
    )
    expect(whole).toBe(true)
    expect(values).toMatchObject([{ response: { id: 'resp_2' } }, { delta: 'Hi' }, {}])
  })

  it('repeats it too where the server does not say whether the response runs in the background', async () => {
    const begun = (): Json[] => [
      created(),
      event('response.output_item.added', {
        output_index: 0,
        item: { id: 'm', type: 'message', content: [] },
      }),
      event('response.content_part.added', {
        item_id: 'm',
        output_index: 0,
        content_index: 0,
        part: { type: 'output_text', text: '' },
      }),
    ]
    const server = await serve((_, res, n) => {
      res.writeHead(200, headers)
      res.end(lines(...begun(), ...(n === 1 ? [] : [delta('Hi'), completed()])))
    })
    const { values, completed: whole } = await collect(
      fromEventStream(server.url, { body: {}, dialect, retry }),
    )
    expect(whole).toBe(true)
    expect(values).toHaveLength(5)
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'POST'])
  })

  it('does not ask again for a response in the background that has failed', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, headers)
      const failed = { status: 'failed', error: { code: 'server_error', message: 'm' } }
      res.end(
        lines(created({ background: true }), delta('He'), event('response.failed', { response: failed })),
      )
    })
    const { error } = await collect(fromEventStream(server.url, { body: {}, dialect, retry }))
    expect(error).toMatchObject({ kind: 'stream_error', code: 'model_server_error', resumable: false })
    expect(server.requests).toHaveLength(1)
  })

  it('goes on after a reload, from a GET of the config', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, headers)
      last = 8
      res.end(lines(delta('llo'), completed()))
    })
    const { values, completed: whole } = await collect(
      eventStreamSignals(`${server.url}/v1/responses/resp_1`, { dialect, lastEventId: '7' }),
    )
    expect(whole).toBe(true)
    expect(values).toMatchObject([{ type: 'connecting', lastEventId: '7' }, { type: 'open' }, {}, {}])
    expect(server.requests[0]?.url).toBe('/v1/responses/resp_1?stream=true&starting_after=7')
  })

  it('believes the server, then the request, that a response runs in the background', () => {
    expect(resumed({}, { id: 'r' })).toBeUndefined()
    expect(resumed({ body: { background: true } }, {})).toBeUndefined()
    expect(resumed({ body: { background: true } }, { id: 'r', background: false })).toBeUndefined()
    expect(resumed({ body: null }, { id: 'r' })).toBeUndefined()
    const url = 'https://a.example/v1/responses/r?stream=true&starting_after=7'
    expect(resumed({ body: { background: true } }, { id: 'r' })).toMatchObject({ method: 'GET', url })
    expect(resumed({}, { id: 'r', background: true })).toMatchObject({ method: 'GET', url })
  })

  it('asks for nothing but a response, whatever its ID is made of', () => {
    for (const id of ['..', '.', '', 'x'.repeat(2_000), 7, null]) {
      const memory = {}
      dialect.read({ data: JSON.stringify(created({ id, background: true })) }, memory)
      expect(memory).toEqual({ background: true })
    }
    const memory = {}
    dialect.read({ data: JSON.stringify(created({ id: '../a?b#c/d', background: true })) }, memory)
    expect(resumed({}, memory)?.url).toBe(
      'https://a.example/v1/responses/..%2Fa%3Fb%23c%2Fd?stream=true&starting_after=7',
    )
  })
})

describe('a tool call', () => {
  const ofFixture = (name: string): Json[] =>
    fixtures.find((fixture) => fixture.name === `openai-responses/${name}`)?.values as Json[]
  const call = (i: number, status: string, text: string): Json => ({
    type: 'function_call',
    id: `fc_${i}`,
    call_id: `call_${i}`,
    name: 'f',
    status,
    arguments: text,
  })
  const item = (kind: 'added' | 'done', i: number, status: string, text: string): Json =>
    event(`response.output_item.${kind}`, { output_index: i, item: call(i, status, text) })
  const completeAt = (values: readonly Json[], at: number): (string | undefined)[] =>
    messageOf(values.slice(0, at))
      ?.toolCalls.filter(({ complete }) => complete)
      .map(({ id }) => id) ?? []

  it('is complete once the next item has begun, or the response is whole, and never before', () => {
    const values = ofFixture('tool-calls')
    const next = values.findIndex(({ output_index }) => output_index === 1) + 1
    for (let at = 0; at <= values.length; at++) {
      const want = at === values.length ? ['call_0', 'call_1'] : at >= next ? ['call_0'] : []
      expect(completeAt(values, at), `after ${at} values`).toEqual(want)
    }
  })

  it.each([
    ['tool-call-cut', ['call_0']],
    ['tool-call-cut-called-completed', []],
  ])('that a token limit may have cut is complete after no value (%s)', (name, want) => {
    const values = ofFixture(name)
    for (let at = 0; at <= values.length; at++)
      expect(want).toEqual(expect.arrayContaining(completeAt(values, at)))
    expect(completeAt(values, values.length)).toEqual(want)
  })

  it('whose items end all at once is complete with the response alone', () => {
    const values = [
      created(),
      item('added', 0, 'in_progress', ''),
      item('added', 1, 'in_progress', ''),
      item('done', 0, 'completed', '{}'),
      item('done', 1, 'completed', '{}'),
    ]
    expect(completeAt(values, values.length)).toEqual([])
    expect(completeAt([...values, completed({ output: [] })], 6)).toEqual(['call_0', 'call_1'])
    const incomplete = event('response.incomplete', { response: { status: 'incomplete' } })
    expect(completeAt([...values, incomplete], 6)).toEqual([])
  })

  it('keeps the arguments that came in pieces where its end leaves them out', () => {
    const { arguments: _, ...bare } = call(0, 'completed', '')
    const pieces = [
      created(),
      item('added', 0, 'in_progress', ''),
      event('response.function_call_arguments.delta', { item_id: 'fc_0', output_index: 0, delta: '{"a":1}' }),
    ]
    for (const values of [
      [
        ...pieces,
        event('response.output_item.done', { output_index: 0, item: bare }),
        completed({ output: [] }),
      ],
      [...pieces, completed({ output: [bare] })],
    ])
      expect(messageOf(values)?.toolCalls).toMatchObject([
        { arguments: '{"a":1}', complete: true, input: { a: 1 } },
      ])
  })

  it('is not complete where a whole response has it otherwise, or its arguments are no JSON', () => {
    for (const [status, text] of [
      ['incomplete', '{}'],
      ['in_progress', '{}'],
      ['completed', '{"a":'],
    ] as const) {
      const values = [
        created(),
        item('added', 0, 'in_progress', ''),
        completed({ output: [call(0, status, text)] }),
      ]
      expect(completeAt(values, 3), `${status} ${text}`).toEqual([])
    }
  })

  it('does not change any more once it is complete', () => {
    const values = [
      created(),
      item('added', 0, 'in_progress', ''),
      item('done', 0, 'completed', '{"a":1}'),
      item('added', 1, 'in_progress', ''),
      event('response.function_call_arguments.delta', { item_id: 'fc_0', output_index: 0, delta: 'x' }),
      completed({ output: [call(0, 'incomplete', '{"b":2}'), call(1, 'completed', '')] }),
    ]
    expect(messageOf(values)?.toolCalls).toMatchObject([
      { id: 'call_0', arguments: '{"a":1}', complete: true, input: { a: 1 } },
      { id: 'call_1', arguments: '', complete: true, input: {} },
    ])
  })
})

describe('the message', () => {
  it('shares what has not changed', () => {
    const item = { type: 'reasoning', id: 'r', summary: [] }
    const before = messageOf([
      created(),
      event('response.output_item.added', { output_index: 0, item }),
    ]) as Message<OpenaiResponse>
    const after = dialect.accumulate(before, { ...delta('Hi'), item_id: 'm', output_index: 1 })
    expect(before.text).toBe('')
    expect(after.text).toBe('Hi')
    expect(after.snapshot.output[0]).toBe(item)
    expect(after.toolCalls).toBe(before.toolCalls)
  })

  it('is put together from its middle on, as after a reload', () => {
    const values = fixtures.find(({ name }) => name === 'openai-responses/whole')?.values as Json[]
    for (let from = 0; from < values.length; from++) {
      const rest = values.slice(from)
      expect(messageOf(rest)?.text, `from ${from}`).toBe('Hello 🦆!')
      const deltas = rest.slice(0, -1).map((value) => dialect.text(value))
      const isDone = rest.slice(0, -1).some(({ type }) => /done$/.test(type as string))
      if (!isDone) expect(messageOf(rest.slice(0, -1))?.text ?? '').toBe(deltas.join(''))
    }
  })

  it('has its items in the order of their numbers, whichever comes first', () => {
    const added = (i: number): Json =>
      event('response.output_item.added', {
        output_index: i,
        item: { type: 'message', id: `m${i}`, content: [] },
      })
    const piece = (i: number): Json => ({ ...delta(`${i}`), item_id: `m${i}`, output_index: i })
    const message = messageOf([created(), added(4), added(1), piece(4), piece(1)])
    expect(message?.snapshot.output.map(({ id }) => id)).toEqual(['m1', 'm4'])
    expect(message?.text).toBe('14')
  })
})

describe('content', () => {
  it.each([
    [created(), false],
    [event('keepalive'), false],
    [event('response.output_item.added', { item: { type: 'message', content: [] } }), false],
    [event('response.output_item.added', { item: { type: 'reasoning', summary: [] } }), false],
    [event('response.content_part.added', { part: { type: 'output_text', text: '' } }), false],
    [delta(''), false],
    [delta('a'), true],
    [event('response.output_item.added', { item: { type: 'function_call', name: 'f' } }), true],
    [event('response.web_search_call.searching'), true],
    [event('response.audio.delta', { delta: 'AAAA' }), true],
    [event('response.image_generation_call.partial_image', { partial_image_b64: 'AA' }), true],
    [event('response.output_text.done', { text: 'a' }), true],
  ])('%j: %s', (value, want) => {
    expect(dialect.isContent?.(value)).toBe(want)
  })
})

describe('two runs of a request', () => {
  it('say the same whatever their IDs, times, numbers of tokens and padding are', () => {
    const run = (id: string, n: number): Json[] => [
      event('x', {
        sequence_number: 1,
        response: { id, created_at: n, usage: { n }, output: [{ id, call_id: id }] },
      }),
      event('x', { sequence_number: 2, item_id: id, item: { id, encrypted_content: id, type: 'y' } }),
      { ...delta('a'), sequence_number: 3, item_id: id, obfuscation: id },
    ]
    const [a, b] = [run('a', 1), run('b', 2)]
    for (const [i, value] of a.entries()) expect(dialect.isSame?.(value, b[i] as Json)).toBe(true)
    expect(
      dialect.isSame?.({ ...delta('a'), sequence_number: 1 }, { ...delta('b'), sequence_number: 1 }),
    ).toBe(false)
  })
})

describe('the examples in its facts', () => {
  it('are read as what they are examples of', () => {
    const read = (example: string) => {
      const [type, data] = /^(?:event: (.*)\n)?data: (.*)$/.exec(example)?.slice(1) ?? []
      return dialect.read({ ...(type ? { event: type } : {}), data: data as string }, {}) as { type?: string }
    }
    for (const example of dialect.facts?.end ?? []) expect(read(example).type).toBe('done')
    for (const example of dialect.facts?.errors ?? []) expect(read(example).type).toBe('failed')
  })
})

describe('odd events', () => {
  const keys =
    'type response id status output output_index content_index summary_index item item_id part delta text arguments input name call_id sequence_number content summary annotations annotation error usage'
  const words =
    'response.created response.in_progress response.completed response.incomplete response.output_item.added response.output_item.done response.content_part.added response.output_text.delta response.output_text.done response.output_text.annotation.added response.function_call_arguments.delta response.function_call_arguments.done response.reasoning_summary_part.added response.reasoning_summary_text.delta response.web_search_call.searching function_call custom_tool_call mcp_call message reasoning output_text completed incomplete fc_1'
  it('do no harm', () => {
    fc.assert(
      fc.property(fc.array(oddEvents(keys.split(' '), words.split(' ')), { maxLength: 8 }), (events) =>
        expectNoHarm(dialect, events),
      ),
      { numRuns: 500 },
    )
  })

  const part = fc.record(
    {
      type: fc.constantFrom(...words.split(' ')),
      output_index: fc.constantFrom(0, 1, 1, 2, -1, '0'),
      content_index: fc.constantFrom(0, 1, 7),
      item_id: fc.constantFrom('a', 'b', undefined),
      delta: fc.constantFrom('x', '{}', '', 7),
      item: fc.record({
        type: fc.constantFrom('function_call', 'custom_tool_call', 'message', 'reasoning', 7),
        id: fc.constantFrom('a', 'b', undefined),
        status: fc.constantFrom('completed', 'incomplete', undefined),
        arguments: fc.constantFrom('{}', '{"a":1}', '{"a"', undefined),
        content: fc.constantFrom([], null, [{ type: 'output_text', text: 'x' }], 'x'),
      }),
    },
    { requiredKeys: ['type'] },
  )
  it('in an order that makes no sense do none either', () => {
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (events) =>
        expectNoHarm(dialect, JSON.parse(JSON.stringify(events))),
      ),
      { numRuns: 500 },
    )
  })
})

describe('the type of the values', () => {
  it('is the one that is named, else that of the API', () => {
    const url = 'http://127.0.0.1:9/'
    const plain = fromEventStream(url, { dialect: openaiResponses() })
    expectTypeOf(plain).toEqualTypeOf<Observable<OpenaiResponseEvent>>()
    const named = fromEventStream(url, { dialect: openaiResponses<{ type: 'mine' }>() })
    expectTypeOf(named).toEqualTypeOf<Observable<{ type: 'mine' }>>()
    const narrowed = (event: OpenaiResponseEvent) =>
      event.type === 'response.completed' ? event.response.output : undefined
    expect(narrowed({ type: 'keepalive', sequence_number: 1 })).toBeUndefined()
  })
})
