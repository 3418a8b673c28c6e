import { take } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { eventStreamSignals, fromEventStream, openaiChat, toAsyncIterable } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { until } from '../server.ts'
import { AT_ONCE, cut, faultServer, play, rolesOf, stalled, tell, textsOf } from './play.ts'
import { FINISH, ROLE, tokens } from './wire-text.ts'

const chat = { dialect: openaiChat() }

const emptyDelta = tokens('')

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

describe('a stream that is pulled', () => {
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

  it('ends its request where the loop breaks off at the first of them', async () => {
    const server = await faultServer([stalled(ROLE + tokens('One'))])
    for await (const value of toAsyncIterable(server.url, chat)) {
      expect(textsOf([value])).toEqual([''])
      break
    }
    await server.abandoned(1)
    expect(server.requests).toHaveLength(1)
  })
})
