import { EMPTY, take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import {
  anthropicMessages,
  type ChatCompletionChunk,
  eventStreamSignals,
  fromEventStream,
  openaiChat,
  toAsyncIterable,
} from '../../src/index.ts'
import { gatewayError } from '../../src/testing/index.ts'
import { collect } from '../collect.ts'
import { until } from '../server.ts'
import {
  AT_ONCE,
  cut,
  DONE,
  FINISH,
  faultServer,
  inShort,
  plain,
  play,
  ROLE,
  stalled,
  tell,
  textsOf,
  tokens,
} from './play.ts'
import { blockStart, messageStart, messageStop, PING, textDelta } from './wires.ts'

const chat = { dialect: openaiChat() }
const claude = { dialect: anthropicMessages() }
const emptyDelta = tokens('')
const busy = plain('{"error":{"code":"model_overloaded","type":"t","message":"m"}}')
const denied = plain('{"error":{"code":"unsafe_content","type":"t","message":"m"}}')
const rolesOf = (values: readonly ChatCompletionChunk[]): number =>
  values.filter(({ choices }) => choices[0]?.delta.role !== undefined).length

describe('a failure before the first token', () => {
  it.each([
    ['a cut after the role', ROLE],
    ['a cut after the role and empty deltas', ROLE + emptyDelta + emptyDelta],
    ['a cut within the first token', `${ROLE}data: {"choices":[{"index":0,"delta":{"content":"On`],
    ['an error in place of it', ROLE + busy],
    ['an error and then [DONE]', ROLE + busy + DONE],
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

  it('does so on Anthropic, also without an end of the transport', async () => {
    const overloaded =
      'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"m"}}\n\n'
    const whole = messageStart('msg_2') + PING + blockStart + textDelta('One') + messageStop
    for (const first of [messageStart(), messageStart() + PING, overloaded, messageStart() + overloaded]) {
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

  it('does so several times, and mixes no two answers', async () => {
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

  it('is not repeated once content was there', async () => {
    const seen = await play([ROLE + tokens('One'), ROLE + tokens('One') + FINISH], chat)
    expect(textsOf(seen.values)).toEqual(['', 'One'])
    expect(seen.error).toMatchObject({ events: 2, attempt: 1, resumable: false })
  })

  it('takes thinking, a tool call and a finish reason for content', async () => {
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
    ['it may not be tried again', [ROLE + emptyDelta + denied], 1],
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

  it('is the only thing to come if it has held nothing itself', async () => {
    const seen = await play([ROLE, ROLE, gatewayError('model_overloaded')], chat)
    expect(seen.values).toEqual([])
    expect(seen.error).toMatchObject({ code: 'model_overloaded', events: 0, attempt: 4 })
  })

  it('gives what is held also for an event that cannot be read, and for timeout.total', async () => {
    const malformed = await play([`${ROLE}data: {oops\n\n`], chat)
    expect(malformed.error).toMatchObject({ code: 'malformed_event', events: 1 })
    expect(malformed.error?.message).toContain('event 2 ')
    const late = await play([stalled(ROLE)], { ...chat, timeout: { total: 80 } })
    expect(late.error).toMatchObject({ code: 'deadline_exceeded', events: 1 })
    expect(rolesOf(late.values)).toBe(1)
  })

  it('gives what is held also where a delay function says that there shall be no other attempt', async () => {
    const seen = await play([ROLE], { ...chat, retry: { delay: () => EMPTY } })
    expect(rolesOf(seen.values)).toBe(1)
    expect(seen.error).toMatchObject({ events: 1, attempt: 1 })
  })

  it('holds nothing back without retries', async () => {
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

describe('what is held', () => {
  it('is gone with an unsubscribe', async () => {
    const server = await faultServer([stalled(ROLE)])
    const told: unknown[] = []
    let open = false
    const subscription = eventStreamSignals(server.url, { ...chat, retry: AT_ONCE }).subscribe({
      next: (signal) => {
        if (signal.type === 'open') open = true
        else if (signal.type === 'value') told.push(signal)
      },
      error: (error) => told.push(error),
      complete: () => told.push('complete'),
    })
    await until(() => open)
    await new Promise((resolve) => setTimeout(resolve, 20))
    subscription.unsubscribe()
    await server.abandoned(1)
    expect(told).toEqual([])
  })

  it('is gone with an abort: only its error comes', async () => {
    const server = await faultServer([stalled(ROLE)])
    const controller = new AbortController()
    const ended = collect(fromEventStream(server.url, { ...chat, signal: controller.signal }))
    await server.received(1)
    await new Promise((resolve) => setTimeout(resolve, 30))
    controller.abort()
    const seen = await ended
    expect(seen.values).toEqual([])
    expect(seen.error).toMatchObject({ kind: 'stream_terminated', code: 'aborted', events: 0 })
  })

  it('comes in order before the first content, up to the one that ends it', async () => {
    const server = await faultServer([stalled(ROLE + emptyDelta + tokens('One', 'Two'))])
    for (const count of [1, 2, 3]) {
      const seen = await collect(fromEventStream(server.url, chat).pipe(take(count)))
      expect(textsOf(seen.values)).toEqual(['', '', 'One'].slice(0, count))
      expect(seen.completed).toBe(true)
      await server.abandoned(count)
    }
  })

  it('is bounded: after 64 values without content they are delivered', async () => {
    const many = (count: number): string => emptyDelta.repeat(count)
    const server = await faultServer([stalled(many(64))])
    const told: unknown[] = []
    let open = 0
    const stream = eventStreamSignals(server.url, { ...chat, retry: AT_ONCE })
    const observer = {
      next: (signal: { type: string }) => {
        if (signal.type === 'open') open++
        else if (signal.type === 'value') told.push(signal)
      },
    }
    const first = stream.subscribe(observer)
    await until(() => open === 1)
    await new Promise((resolve) => setTimeout(resolve, 30))
    first.unsubscribe()
    expect(told).toHaveLength(0)
    server.use({ answers: [stalled(many(65))] })
    const second = stream.subscribe(observer)
    await until(() => told.length === 65)
    second.unsubscribe()
    const seen = await play([many(65), many(1) + FINISH], chat)
    expect(seen.values).toHaveLength(65)
    expect(seen.error).toMatchObject({ events: 65, attempt: 1, resumable: false })
  })

  it('is no value with an ID: from there it is resumed', async () => {
    const withId = (id: number, block: string): string => `id: ${id}\n${block}`
    const server = await faultServer([stalled(withId(1, ROLE))])
    const told: unknown[] = []
    const subscription = fromEventStream(server.url, chat).subscribe({ next: (value) => told.push(value) })
    await until(() => told.length === 1)
    subscription.unsubscribe()
    const seen = await play([withId(1, ROLE), withId(2, tokens('One')) + FINISH], chat)
    expect(textsOf(seen.values)).toEqual(['', 'One', ''])
    expect(seen.requests[1]?.headers['last-event-id']).toBe('1')
  })

  it('is delivered before an ID that comes without a value, and resumed from there', async () => {
    const seen = await tell([`${ROLE}id: 5\n\n`, `id: 6\n${tokens('One')}${FINISH}`], chat)
    expect(seen.story.slice(0, 4)).toEqual(['connecting 1', 'open 1', 'value ', 'cursor 5'])
    expect(seen.completed).toBe(true)
    expect(rolesOf(seen.values)).toBe(1)
    expect(seen.requests[1]?.headers['last-event-id']).toBe('5')
  })
})

describe('pulled', () => {
  it('gives each value once, and the held ones before the last failure', async () => {
    const pull = async (answers: Parameters<typeof faultServer>[0]): Promise<unknown[]> => {
      const server = await faultServer(answers)
      const pulled: unknown[] = []
      try {
        for await (const value of toAsyncIterable(server.url, { ...chat, retry: AT_ONCE })) {
          pulled.push(textsOf([value])[0])
          // A slow consumer: the stream is paused meanwhile.
          await new Promise((resolve) => setTimeout(resolve, 5))
        }
      } catch (error) {
        pulled.push((error as { events: number }).events)
      }
      return pulled
    }
    expect(
      await pull([cut(ROLE), cut(ROLE + emptyDelta), { fixture: ROLE + tokens('One', 'Two') + FINISH }]),
    ).toEqual(['', 'One', 'Two', ''])
    expect(await pull([cut(ROLE + emptyDelta)])).toEqual(['', '', 2])
  })

  it('ends the request where it breaks off at the first of them', async () => {
    const server = await faultServer([stalled(ROLE + tokens('One'))])
    for await (const value of toAsyncIterable(server.url, chat)) {
      expect(textsOf([value])).toEqual([''])
      break
    }
    await server.abandoned(1)
    expect(server.requests).toHaveLength(1)
  })
})
