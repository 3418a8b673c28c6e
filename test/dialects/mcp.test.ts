import fc from 'fast-check'
import type { Observable } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type Dialect, fromEventStream, type McpMessage, mcp, type ValueOf } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { scriptedTransport } from '../fixtures/in-memory.ts'

const RESULT = { jsonrpc: '2.0', id: 7, result: { content: [{ type: 'text', text: 'ok' }] } }
const PROGRESS = { jsonrpc: '2.0', method: 'notifications/progress', params: { progress: 1 } }
const event = (message: unknown): string => `event: message\ndata: ${JSON.stringify(message)}\n\n`

const play = <T>(dialect: Dialect<T>, body: string) =>
  collect(
    fromEventStream('http://mcp.test/', {
      dialect,
      retry: false,
      transport: scriptedTransport(() => ({ chunks: [Buffer.from(body)], death: 'clean' })),
    }),
  )

describe('mcp', () => {
  it('delivers messages, whose kinds a field tells apart', () => {
    expectTypeOf(fromEventStream('http://mcp.test/', { dialect: mcp() })).toEqualTypeOf<
      Observable<McpMessage>
    >()
    const kindOf = (message: McpMessage): string => {
      if (message.method !== undefined) return message.id === undefined ? 'notification' : 'request'
      if (message.result !== undefined) return `result, ${message.result.content?.[0]?.text}`
      return `error ${message.error.code}`
    }
    expect([PROGRESS as McpMessage, RESULT as McpMessage].map(kindOf)).toEqual(['notification', 'result, ok'])
  })

  it('has the type of messages that it is given, and guesses none', () => {
    interface JSONRPCMessage {
      jsonrpc: '2.0'
    }
    expectTypeOf<ValueOf<ReturnType<typeof mcp<JSONRPCMessage>>>>().toEqualTypeOf<JSONRPCMessage>()
    const stream = fromEventStream('http://mcp.test/', { dialect: mcp<JSONRPCMessage>() })
    expectTypeOf(stream).toEqualTypeOf<Observable<JSONRPCMessage>>()
  })

  it.each<[string, unknown, RegExp]>([
    ['an unknown option', { ID: 1 }, /unknown option "ID"; there are id, listen/],
    ['an ID that is none', { id: null }, /id must be that of the request, text or a number, not null/],
    ['listen that is no boolean', { listen: 1 }, /listen must be true or false, not 1/],
    ['an ID to listen for', { id: 1, listen: true }, /no request whose id/],
    ['options that are none', 7, /options must be an object/],
  ])('refuses %s', (_, options, message) => {
    expect(() => mcp(options as never)).toThrow(message)
    expect(() => mcp(options as never)).toThrow(TypeError)
  })

  it('ends with the response to any request, unless it is told which', async () => {
    const body = event({ ...RESULT, id: 6 }) + event(RESULT)
    const any = await play(mcp(), body)
    expect([any.values.length, any.completed]).toEqual([1, true])
    const ours = await play(mcp({ id: 7 }), body)
    expect([ours.values.length, ours.completed]).toEqual([2, true])
    const none = await play(mcp({ id: 8 }), body)
    expect(none.values).toHaveLength(2)
    expect(none.error).toMatchObject({ kind: 'stream_terminated', reason: 'clean_end' })
  })

  it.each([0, '', 'a'] as const)('knows the response to the request with the ID %j', async (id) => {
    const { completed } = await play(mcp({ id }), event({ ...RESULT, id }))
    expect(completed).toBe(true)
  })

  it('does not take the answer to another request for an error', async () => {
    const error = { jsonrpc: '2.0', id: 6, error: { code: -32603, message: 'm' } }
    const { values, completed } = await play(mcp({ id: 7 }), event(error) + event(RESULT))
    expect(values).toEqual([error, RESULT])
    expect(completed).toBe(true)
  })

  it('has the whole message in the error that it reports', async () => {
    const error = {
      jsonrpc: '2.0',
      id: 7,
      error: { code: -32602, message: 'Unknown tool', data: { tool: 'x' } },
    }
    const seen = await play(mcp(), event(PROGRESS) + event(error))
    expect(seen.error).toMatchObject({
      kind: 'stream_error',
      code: 'invalid_argument',
      message: 'Unknown tool',
      retryable: false,
      events: 1,
      upstream: { code: -32602, payload: error },
    })
  })

  it('reads the examples of its facts as what they are there for', async () => {
    const { facts } = mcp()
    for (const lines of facts?.end ?? []) {
      expect(await play(mcp(), `${lines}\n\n`), lines).toMatchObject({ completed: true, values: [{ id: 1 }] })
    }
    for (const lines of facts?.errors ?? []) {
      for (const options of [{}, { id: 1 }]) {
        const { values, error } = await play(mcp(options), `${lines}\n\n`)
        expect([values, error?.kind], lines).toEqual([[], 'stream_error'])
      }
    }
    expect([facts?.end.length, facts?.errors.length]).toEqual([2, 4])
  })

  it('ends with the response though its blank line is missing, and not with a message', async () => {
    const ended = await play(mcp(), event(RESULT).trimEnd())
    expect([ended.values, ended.completed]).toEqual([[RESULT], true])
    const cut = await play(mcp(), event(PROGRESS).trimEnd())
    expect([cut.values, cut.completed]).toEqual([[], false])
  })

  it('passes on the very object that was parsed', () => {
    const dialect = mcp()
    const memory = dialect.memory?.() ?? {}
    const data = '{"jsonrpc":"2.0","method":"m","__proto__":{"result":1}}'
    const value = dialect.read({ data }, memory) as object
    expect(JSON.stringify(value)).toBe(data)
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  it('takes two runs for the same whose server counts its own requests anew', () => {
    const same = (a: unknown, b: unknown) => mcp().isSame?.(a as McpMessage, b as McpMessage)
    const asked = { jsonrpc: '2.0', id: 'r1', method: 'elicitation/create', params: { message: 'Name?' } }
    expect(same(asked, { ...asked, id: 'r2' })).toBe(true)
    expect(same(asked, { ...asked, params: { message: 'Age?' } })).toBe(false)
    expect(same(RESULT, structuredClone(RESULT))).toBe(true)
    expect(same(RESULT, { ...RESULT, id: 8 })).toBe(false)
    expect(same(PROGRESS, RESULT)).toBe(false)
  })

  it('takes any JSON, with any option, without throwing', () => {
    const key = fc.constantFrom(
      'id',
      'method',
      'result',
      'error',
      'jsonrpc',
      '__proto__',
      'toString',
      'params',
    )
    const leaf = fc.oneof(
      fc.constantFrom(null, '', 7, 'x', false, true, [], {}),
      fc.double({ noNaN: true }),
      fc.string({ maxLength: 3 }),
    )
    const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4, depthSize: 'small' },
        leaf,
        fc.array(tie('tree'), { maxLength: 3 }),
        fc.array(fc.tuple(key, tie('tree')), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
      ),
    }))
    const options = fc.constantFrom({}, { id: 7 }, { id: 'x' }, { listen: true })
    fc.assert(
      fc.property(options, tree, tree, (option, one, other) => {
        const dialect = mcp<unknown>(option)
        for (const message of [one, other]) dialect.read({ data: JSON.stringify(message) }, {})
        expect(dialect.isSame?.(one, structuredClone(one))).toBe(true)
        dialect.isSame?.(one, other)
      }),
    )
  })

  it('does not go down into a batch that is nested without end', async () => {
    const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`
    const { values, completed } = await play(mcp(), `data: ${deep}\n\n${event(RESULT)}`)
    expect([values.length, completed]).toEqual([2, true])
  })
})
