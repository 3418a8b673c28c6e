import { firstValueFrom } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { eventStreamSignals, fromEventStream, type ServerSentEvent } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { cpuOf, held, MIB } from './held.ts'
import { pour, said } from './pour.ts'

const K64 = 64 * 1024

describe('an event without an end', () => {
  it.each<[string, string, string]>([
    ['one line of data', 'data: ', 'x'],
    ['one line of data, of characters of three bytes', 'data: ', '€'],
    ['many lines of data', '', 'data: x\n'],
    ['many empty lines of data', '', 'data:\n'],
    ['many lines of data, each with a CR alone', '', 'data: x\r'],
    ['an ID', 'id: ', 'x'],
    ['a type', 'event: ', 'x'],
    ['a reconnection time', 'retry: ', '9'],
    ['a line that is no field', '', 'x'],
    ['a line that is no field, in braces', '', '{'],
    ['NULs', '', '\0'],
  ])('ends the stream at maxEventSize: %s', async (_, first, unit) => {
    const server = pour(`data: one\n\n${first}`, unit)
    const { values, error } = await collect(
      fromEventStream('http://127.0.0.1:9', { transport: server.transport, maxEventSize: K64 }),
    )
    expect(values).toEqual([{ data: 'one' }])
    expect(said(error)).toBe('stream_terminated event_too_large event_too_large')
    expect(error?.message).toContain(`maxEventSize (${K64} characters)`)
    expect(error).toMatchObject({ retryable: false, attempt: 1, events: 1 })
    expect(server.left).toBe(true)
    // Of an empty line of data one character of six bytes counts.
    expect(server.poured).toBeLessThanOrEqual(8 * K64 + 4 * K64)
  })
})

/** Nothing of them is an event, and none is too large. */
const NOTHING: readonly (readonly [string, string, string])[] = [
  ['one comment', ': ', 'x'],
  ['comments', '', ': ping\n\n'],
  ['blank lines', '', '\n'],
  ['carriage returns', '', '\r'],
  ['IDs without events', '', `id: ${'7'.repeat(500)}\n\n`],
  ['reconnection times', '', 'retry: 99999999999999\n'],
  ['types without events', '', `event: ${'x'.repeat(500)}\n\n`],
  ['lines that are no fields', '', `${'x'.repeat(500)}\n`],
  ['NULs and line ends', '', `${'\0'.repeat(500)}\n`],
]

describe('bytes without an end that never become an event', () => {
  it.each(NOTHING)('are not kept: %s', async (_, first, unit) => {
    const most = 2 * MIB
    const before = held()
    let after = 0
    // While the stream still stands.
    const beforeEnd = (): void => {
      after = held() - before
    }
    const server = pour(first, unit, { most, beforeEnd })
    const { error } = await collect(
      fromEventStream('http://127.0.0.1:9', { transport: server.transport, retry: false }),
    )
    expect(error?.kind).toBe('stream_terminated')
    expect(server.poured).toBeGreaterThanOrEqual(most)
    expect(after).not.toBe(0)
    expect(after).toBeLessThan(MIB)
  })

  it.each(NOTHING)(
    'are ended by timeout.first, or after content by timeout.stall: %s',
    async (_, first, unit) => {
      const silent = pour(first, unit, { slowly: true, chunk: 1_024, most: Number.POSITIVE_INFINITY })
      const busy = pour(`data: one\n\n${first}`, unit, {
        slowly: true,
        chunk: 1_024,
        most: Number.POSITIVE_INFINITY,
      })
      const ends = await Promise.all([
        collect(
          fromEventStream('http://127.0.0.1:9', {
            transport: silent.transport,
            retry: false,
            timeout: { first: 40 },
          }),
        ),
        collect(
          fromEventStream('http://127.0.0.1:9', {
            transport: busy.transport,
            retry: false,
            timeout: { stall: 40 },
          }),
        ),
      ])
      expect(ends.map(({ error }) => said(error))).toEqual([
        'stream_terminated stream_terminated first',
        'stream_terminated stream_terminated stalled',
      ])
      expect(ends.map(({ error }) => error?.message)).toEqual([
        'no content within timeout.first (40 ms)',
        'no content within timeout.stall, only other bytes (40 ms)',
      ])
      expect([silent.left, busy.left]).toEqual([true, true])
    },
  )

  it('IDs without events are told to whoever listens to signals, and are not kept', async () => {
    const server = pour('', 'id: 7\n\nid: 8\n\n', { most: MIB })
    const before = held()
    let cursors = 0
    await new Promise<void>((resolve) =>
      eventStreamSignals('http://127.0.0.1:9', { transport: server.transport, retry: false }).subscribe({
        next: ({ type }) => {
          if (type === 'cursor') cursors++
        },
        error: () => resolve(),
      }),
    )
    expect(cursors).toBeGreaterThan(100_000)
    expect(held() - before).toBeLessThan(MIB)
  })
})

describe('a million events in one chunk', () => {
  const million = Buffer.from('data: x\n\n'.repeat(1_000_000))

  /** How often a dialect is asked, and the CPU time. */
  async function reads(take: number): Promise<{ reads: number; ms: number }> {
    let count = 0
    const dialect = {
      name: 'counting',
      read: (event: ServerSentEvent) => {
        count++
        return event.data
      },
    }
    const server = pour(million, '')
    const ms = await cpuOf(
      () =>
        new Promise<void>((resolve) => {
          let seen = 0
          const subscription = fromEventStream<string>('http://127.0.0.1:9', {
            transport: server.transport,
            retry: false,
            dialect,
          }).subscribe({
            next: () => {
              if (++seen < take) return
              subscription.unsubscribe()
              resolve()
            },
            error: () => resolve(),
          })
        }),
    )
    return { reads: count, ms }
  }

  it('of which one is taken are decoded no further than that', async () => {
    const all = await reads(Number.POSITIVE_INFINITY)
    expect(all.reads).toBe(1_000_000)
    const one = await reads(1)
    expect(one.reads).toBe(1)
    // The bytes of the chunk become text; what that would hold is not looked at.
    expect(one.ms).toBeLessThan(all.ms / 2)
    expect((await reads(1_000)).reads).toBe(1_000)
  })

  it('with the operator take(1) are left at once', async () => {
    const server = pour(million, 'data: x\n\n', { most: Number.POSITIVE_INFINITY })
    const value = await firstValueFrom(
      fromEventStream('http://127.0.0.1:9', {
        transport: server.transport,
        dialect: { name: 'raw', read: (e) => e },
      }),
    )
    expect(value.data).toBe('x')
    expect(server.left).toBe(true)
    expect(server.poured).toBe(million.length)
  })
})
