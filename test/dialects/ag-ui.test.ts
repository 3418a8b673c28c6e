import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AgUiEvent, type AgUiMessage, agUi, fromEventStream, type Message } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { serve } from '../server.ts'

type AgUi = Message<readonly AgUiMessage[]>

const dialect = agUi()

const messageOf = (events: readonly object[], from?: AgUi): AgUi =>
  events.reduce<AgUi | undefined>(
    (message, event) => dialect.accumulate(message, event as AgUiEvent),
    from,
  ) as AgUi

const started = (runId: string) => ({ type: 'RUN_STARTED', threadId: 't', runId })
const finished = (runId: string) => ({ type: 'RUN_FINISHED', threadId: 't', runId })
const callOf = (id: string, args: string) => [
  { type: 'TOOL_CALL_START', toolCallId: id, toolCallName: 'rm' },
  { type: 'TOOL_CALL_ARGS', toolCallId: id, delta: args },
]
const end = (id: string) => ({ type: 'TOOL_CALL_END', toolCallId: id })

describe('the end of a stream of runs', () => {
  const wholeAfter = (ag: typeof dialect, ...events: object[]) => {
    const memory = ag.memory?.() as { finished: boolean }
    for (const event of events) ag.read({ data: JSON.stringify(event) }, memory)
    return ag.isWhole?.(memory, false)
  }

  it('is proved by the end of the last run that has begun', () => {
    expect(wholeAfter(dialect, started('a'))).toBe(false)
    expect(wholeAfter(dialect, started('a'), finished('a'))).toBe(true)
    expect(wholeAfter(dialect, started('a'), finished('a'), started('b'))).toBe(false)
  })

  it('is proved by the end of the run asked for alone, if that was named', () => {
    const ag = agUi({ runId: 'b' })
    expect(wholeAfter(ag, started('a'), finished('a'))).toBe(false)
    expect(wholeAfter(ag, started('a'), finished('a'), started('b'), finished('b'))).toBe(true)
  })

  it('cannot be told by a wrong option', () => {
    for (const options of [{ runId: 7 }, { runId: '' }, { runID: 'a' }, null])
      expect(() => agUi(options as never)).toThrow(TypeError)
  })
})

describe('a run that has begun', () => {
  it('is not begun once more, whatever becomes of it before its first word', async () => {
    for (const rest of [
      { type: 'STEP_STARTED', stepName: 's' },
      { type: 'RUN_ERROR', message: 'm' },
    ]) {
      const server = await serve((_, res) => {
        res.writeHead(200, { 'content-type': 'text/event-stream' })
        const text = [started('a'), rest].map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
        res.write(text, () => setTimeout(() => res.socket?.destroy(), 10))
      })
      const { error } = await collect(fromEventStream(server.url, { body: {}, dialect, retry: { delay: 1 } }))
      expect(error).toMatchObject({ resumable: false })
      expect(server.requests).toHaveLength(1)
    }
  })

  it('goes on behind an event that has an error of its own', () => {
    const result = {
      type: 'TOOL_CALL_RESULT',
      messageId: 'm',
      toolCallId: 'c',
      content: '',
      error: 'no such file',
    }
    const memory = dialect.memory?.() as { finished: boolean }
    expect(dialect.read({ data: JSON.stringify(result) }, memory)).toEqual(result)
  })
})

describe('a tool call of an agent', () => {
  it('is complete with its end if nothing can have been cut off its arguments', () => {
    expect(messageOf(callOf('c', '{"a":1}')).toolCalls[0]?.complete).toBe(false)
    expect(messageOf([...callOf('c', '{"a":1}'), end('c')]).toolCalls[0]).toEqual({
      index: 0,
      id: 'c',
      name: 'rm',
      arguments: '{"a":1}',
      complete: true,
      input: { a: 1 },
    })
  })

  it.each(['', '1', '{"a":'])('is complete with arguments %j only once its run was not cancelled', (args) => {
    const closed = messageOf([...callOf('c', args), end('c')])
    expect(closed.toolCalls[0]?.complete).toBe(false)
    const cancelled = messageOf([{ ...finished('r'), outcome: { type: 'cancelled' } }], closed)
    expect(cancelled.toolCalls[0]?.complete).toBe(false)
    expect(messageOf([finished('r')], closed).toolCalls[0]).toMatchObject({ complete: true, arguments: args })
    const answered = { type: 'TOOL_CALL_RESULT', messageId: 'm', toolCallId: 'c', content: '' }
    expect(messageOf([answered], closed).toolCalls[0]?.complete).toBe(true)
  })

  it('that was never closed stays incomplete, whatever its run says', () => {
    expect(messageOf([...callOf('c', '{}'), finished('r')]).toolCalls[0]?.complete).toBe(false)
  })

  it('may be reopened', () => {
    const closed = messageOf([...callOf('c', '{}'), end('c')])
    const [start] = callOf('c', '') as [object]
    expect(messageOf([start], closed).toolCalls).toEqual([
      { index: 0, id: 'c', name: 'rm', arguments: '{}', complete: false },
    ])
  })
})

describe('the chunked form', () => {
  it('goes on in its own lane, and is closed by what comes after it there', () => {
    const chunk = (more: object) => ({ type: 'TOOL_CALL_CHUNK', ...more })
    const open = messageOf([
      chunk({ toolCallId: 'a', toolCallName: 'x', delta: '{"n":' }),
      chunk({ toolCallId: 'b', toolCallName: 'y', delta: '{', subagentRunId: 's' }),
      chunk({ delta: '1}' }),
      { type: 'RAW', event: {} },
      chunk({ delta: '}', subagentRunId: 's' }),
    ])
    expect(open.toolCalls.map((call) => [call.arguments, call.complete])).toEqual([
      ['{"n":1}', false],
      ['{}', false],
    ])
    const after = messageOf([{ type: 'SUBAGENT_FINISHED', subagentRunId: 's' }], open)
    expect(after.toolCalls.map(({ complete }) => complete)).toEqual([false, true])
    expect(messageOf([finished('r')], after).toolCalls.map(({ complete }) => complete)).toEqual([true, true])
  })

  it('counts text that belongs to no message', () => {
    const message = messageOf([{ type: 'TEXT_MESSAGE_CHUNK', delta: 'a' }])
    expect(message).toMatchObject({ text: 'a', snapshot: [] })
  })
})

describe('the list of messages', () => {
  it('is reconciled with a snapshot by ID', () => {
    const before = messageOf([
      { type: 'TEXT_MESSAGE_START', messageId: 'a' },
      { type: 'TEXT_MESSAGE_CONTENT', messageId: 'a', delta: 'x' },
      { type: 'ACTIVITY_SNAPSHOT', messageId: 'p', activityType: 'plan', content: { n: 1 } },
      { type: 'TEXT_MESSAGE_START', messageId: 'gone' },
    ])
    const messages = [
      { id: 'u', role: 'user', content: 'Hi' },
      { id: 'a', role: 'assistant', content: 'xy' },
    ]
    const after = messageOf([{ type: 'MESSAGES_SNAPSHOT', messages }], before)
    expect(after.snapshot).toEqual([
      messages[1],
      { id: 'p', role: 'activity', activityType: 'plan', content: { n: 1 } },
      messages[0],
    ])
    expect(after.text).toBe('x')
    expect(
      messageOf([{ type: 'TEXT_MESSAGE_CONTENT', messageId: 'a', delta: 'z' }], after).snapshot[0],
    ).toEqual({
      id: 'a',
      role: 'assistant',
      content: 'xyz',
    })
  })

  it('has a result behind its call', () => {
    const { snapshot } = messageOf([
      ...callOf('c', '{}'),
      end('c'),
      { type: 'TEXT_MESSAGE_START', messageId: 'later' },
      { type: 'TOOL_CALL_RESULT', messageId: 'r', toolCallId: 'c', content: 'done' },
    ])
    expect(snapshot.map(({ id }) => id)).toEqual(['c', 'r', 'later'])
  })
})

describe('AG-UI events', () => {
  it('are not resumed by an ID: the protocol has none', () => {
    const request = { method: 'POST', url: new URL('http://a.test/'), body: undefined }
    expect(dialect.resume?.(request, '9', { finished: false })).toBeUndefined()
  })

  it('are the same in another run but for what belongs to the run', () => {
    const same = (a: object, b: object) => dialect.isSame?.(a as AgUiEvent, b as AgUiEvent)
    expect(same(started('a'), { ...started('b'), timestamp: 1 })).toBe(true)
    expect(same(end('a'), end('b'))).toBe(false)
  })

  it('of any shape throw nowhere, and change no prototype', () => {
    const types = [
      'RUN_STARTED',
      'RUN_FINISHED',
      'TEXT_MESSAGE_START',
      'TEXT_MESSAGE_CONTENT',
      'TEXT_MESSAGE_CHUNK',
      'TOOL_CALL_START',
      'TOOL_CALL_ARGS',
      'TOOL_CALL_END',
      'TOOL_CALL_CHUNK',
      'TOOL_CALL_RESULT',
      'REASONING_MESSAGE_CHUNK',
      'REASONING_ENCRYPTED_VALUE',
      'MESSAGES_SNAPSHOT',
      'ACTIVITY_SNAPSHOT',
    ]
    const oddMessages = fc.constantFrom(
      [null, 7, {}],
      [{ id: 'a', toolCalls: [null, 7, { id: 'a' }] }],
      [{ id: 'a', role: 'assistant', toolCalls: 7 }],
    )
    const odd = fc.oneof(fc.jsonValue(), fc.constantFrom('a', 'b', null), oddMessages)
    const keys = [
      'messageId',
      'toolCallId',
      'delta',
      'messages',
      'subagentRunId',
      'entityId',
      'parentMessageId',
    ]
    const event = fc.oneof(
      fc.jsonValue(),
      fc
        .tuple(fc.constantFrom(...types), fc.array(fc.tuple(fc.constantFrom(...keys, '__proto__'), odd)))
        .map(([type, fields]) => Object.fromEntries([['type', type], ...fields])),
    )
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), (events) => {
        let message: AgUi | undefined
        for (const value of events as unknown as AgUiEvent[]) {
          expect(typeof dialect.text(value)).toBe('string')
          dialect.isContent?.(value)
          dialect.isSame?.(value, value)
          dialect.withText?.(value, 'x')
          message = dialect.accumulate(message, value)
        }
        expect({}).not.toHaveProperty('type')
      }),
      { numRuns: 300 },
    )
  })
})
