import { EMPTY } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { anthropicMessages, eventStreamSignals, fromEventStream, openaiChat } from '../../src/index.ts'
import { gatewayError } from '../../src/testing/index.ts'
import { until } from '../server.ts'
import { AT_ONCE, cut, faultServer, inShort, play, rolesOf, stalled, tell, textsOf } from './play.ts'
import {
  blockStart,
  chatError,
  DONE,
  FINISH,
  messageStart,
  messageStop,
  PING,
  plain,
  ROLE,
  textDelta,
  tokens,
} from './wire-text.ts'

const chat = { dialect: openaiChat() }

const claude = { dialect: anthropicMessages() }

const emptyDelta = tokens('')

describe('a failure before the first token', () => {
  it.each([
    ['a cut after the role', ROLE],
    ['a cut after the role and empty deltas', ROLE + emptyDelta + emptyDelta],
    ['a cut within the first token', `${ROLE}data: {"choices":[{"index":0,"delta":{"content":"On`],
    ['an error in place of it', ROLE + chatError('model_overloaded')],
    ['an error and then [DONE]', ROLE + chatError('model_overloaded') + DONE],
    ['a silence', undefined],
  ])('repeats the request, and gives each value once: %s', async (_, first) => {
    const config = { ...chat, timeout: { first: 80 } }
    const seen = await play(
      [first === undefined ? stalled(ROLE) : first, ROLE + tokens('One') + FINISH],
      config,
    )
    expect(seen.completed).toBe(true)
    expect(textsOf(seen.values)).toEqual(['', 'One', ''])
    expect(rolesOf(seen.values)).toBe(1)
    expect(seen.requests).toHaveLength(2)
  })

  it('repeats the request on Anthropic too, also without an end of the transport', async () => {
    const overloaded =
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"m"}}\n\n'
    const whole = messageStart('msg_2') + PING + blockStart + textDelta('One') + messageStop
    const begun = messageStart() + blockStart
    for (const first of [
      messageStart(),
      messageStart() + PING,
      overloaded,
      messageStart() + overloaded,
      begun + PING,
      begun + overloaded,
    ]) {
      const seen = await play([first, whole], claude)
      expect(seen.completed).toBe(true)
      expect(seen.values.map(({ type }) => type)).toEqual([
        'message_start',
        'content_block_start',
        'content_block_delta',
        'message_stop',
      ])
      expect(seen.values[0]).toMatchObject({ message: { id: 'msg_2' } })
    }
  })

  it('repeats the request several times, and mixes no two answers', async () => {
    const seen = await tell(
      [ROLE, ROLE + emptyDelta, gatewayError('model_overloaded'), ROLE + tokens('One') + FINISH],
      {
        ...chat,
      },
    )
    expect(seen.story).toEqual([
      'connecting 1',
      'open 1',
      'waiting 1',
      'connecting 2',
      'open 2',
      'waiting 2',
      'connecting 3',
      'waiting 3',
      'connecting 4',
      'open 4',
      'value ',
      'value One',
      'value ',
    ])
  })

  it.each([
    ['a tool call', '{"type":"tool_use","id":"t","name":"f","input":{}}'],
    ['redacted thinking', '{"type":"redacted_thinking","data":"x"}'],
    ['a text that is there already', '{"type":"text","text":"One"}'],
  ])('is none on Anthropic after a block that opens with %s', async (_, block) => {
    const start = `event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":${block}}\n\n`
    const seen = await play([messageStart() + start, messageStart() + start + messageStop], claude)
    expect(seen.error).toMatchObject({ events: 2, attempt: 1, resumable: false })
  })

  it('is none once content was there: nothing is repeated', async () => {
    const seen = await play([ROLE + tokens('One'), ROLE + tokens('One') + FINISH], chat)
    expect(textsOf(seen.values)).toEqual(['', 'One'])
    expect(seen.error).toMatchObject({ events: 2, attempt: 1, resumable: false })
  })

  it('is none after thinking, a tool call or a finish reason: they are content', async () => {
    for (const delta of [
      '{"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}]}',
      '{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c"}]}}]}',
      '{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}',
    ]) {
      const seen = await play([ROLE + plain(delta), ROLE + FINISH], chat)
      expect(seen.values).toHaveLength(2)
      expect(seen.error).toMatchObject({ events: 2, attempt: 1 })
    }
  })
})

describe('the last failure', () => {
  it.each([
    ['no attempt is left', [cut(ROLE + emptyDelta)], 4],
    ['it may not be tried again', [ROLE + emptyDelta + chatError('unsafe_content')], 1],
  ])('comes after the values that were held: %s', async (_, answers, attempt) => {
    const server = await faultServer(answers.map((one) => (typeof one === 'string' ? { fixture: one } : one)))
    const told: string[] = []
    await new Promise<void>((resolve) => {
      eventStreamSignals(server.url, { ...chat, retry: AT_ONCE }).subscribe({
        next: (signal) => told.push(inShort(signal)),
        error: (error) => {
          told.push(`error ${error.events}`)
          expect(error).toMatchObject({ events: 2, attempt })
          resolve()
        },
      })
    })
    expect(told.slice(-4)).toEqual([`open ${attempt}`, 'value ', 'value ', 'error 2'])
    expect(told.filter((line) => line.startsWith('value'))).toHaveLength(2)
  })

  it('is the only thing to come if its own attempt has held nothing', async () => {
    const seen = await play([ROLE, ROLE, gatewayError('model_overloaded')], chat)
    expect(seen.values).toEqual([])
    expect(seen.error).toMatchObject({ code: 'model_overloaded', events: 0, attempt: 4 })
  })

  it('comes after what is held also if it is an event that cannot be read, or timeout.total', async () => {
    const malformed = await play([`${ROLE}data: {oops\n\n`], chat)
    expect(malformed.error).toMatchObject({ code: 'malformed_event', events: 1 })
    expect(malformed.error?.message).toContain('event 2 ')
    const late = await play([stalled(ROLE)], { ...chat, timeout: { total: 80 } })
    expect(late.error).toMatchObject({ code: 'deadline_exceeded', events: 1 })
    expect(rolesOf(late.values)).toBe(1)
  })

  it('comes after what is held also where a delay function says that there shall be no other attempt', async () => {
    const seen = await play([ROLE], { ...chat, retry: { delay: () => EMPTY } })
    expect(rolesOf(seen.values)).toBe(1)
    expect(seen.error).toMatchObject({ events: 1, attempt: 1 })
  })

  it('is the first without retries: nothing is held back for another attempt', async () => {
    const server = await faultServer([stalled(ROLE)])
    const told: string[] = []
    const subscription = fromEventStream(server.url, { ...chat, retry: false }).subscribe({
      next: () => told.push('role'),
    })
    await until(() => told.length === 1)
    subscription.unsubscribe()
  })
})

describe('an end', () => {
  it('that comes without content gives all that is held', async () => {
    const seen = await play([ROLE + emptyDelta + DONE], chat)
    expect([seen.completed, seen.values.length]).toEqual([true, 2])
    const message = await play([messageStart() + messageStop], claude)
    expect([message.completed, message.values.length]).toEqual([true, 2])
  })

  it('by a finish_reason without the marker gives it as well', async () => {
    const dialect = openaiChat({ endMarker: 'finish_reason' })
    const seen = await play([ROLE + FINISH.replace(DONE, '')], { dialect })
    expect([seen.completed, seen.values.length]).toEqual([true, 2])
    const again = await play([ROLE, ROLE + FINISH.replace(DONE, '')], { dialect })
    expect([again.completed, again.values.length]).toEqual([true, 2])
  })
})
