import { expect } from 'vitest'
import type { ServerSentEvent } from '../../../src/index.ts'
import { COMPLETION_TEXT } from '../../../src/testing/index.ts'
import type { Collected } from '../../collect.ts'
import type { Arrival } from './arrivals.ts'
import { truth } from './completion.ts'
import type { Death } from './deaths.ts'
import { textOf } from './watch.ts'

type Seen = Collected<ServerSentEvent>

/** Delivered is a part of the truth from its beginning, in order and unaltered. */
function expectPrefix({ values }: Seen): void {
  expect(values.map(({ data }) => data)).toEqual(truth.slice(0, values.length))
}

/** A stream that was not whole did not complete, and says what it is. */
export function expectHonest(seen: Seen, { kind }: Death): void {
  expect(seen.completed).toBe(false)
  expectPrefix(seen)
  expect(seen.error).toMatchObject({ kind, retryable: true, events: seen.values.length })
  expect(seen.values.length).toBeLessThan(truth.length - 1)
}

/**
 * The same where the origin dies so soon that its proxy may not have passed on anything: then it is honest to say that
 * no stream ever began.
 */
export function expectHonestIfAny(seen: Seen, death: Death): void {
  if (seen.error?.kind !== 'request_failed') {
    expectHonest(seen, death)
  } else {
    expect(seen.values).toEqual([])
    expect(seen.error).toMatchObject({
      code: expect.toBeOneOf(['service_unavailable', 'connection_failed', 'model_timeout']),
      retryable: true,
    })
  }
}

/** Every event of the whole stream, each once, and the claim that this is all. */
export function expectWhole(seen: Seen): void {
  expect(seen.error).toBeUndefined()
  expect(seen.completed).toBe(true)
  expect(seen.values.map(({ data }) => data)).toEqual(truth.slice(0, -1))
  expect(textOf(seen.values)).toBe(COMPLETION_TEXT)
}

export function seenAs({ error, values }: Seen): Arrival | undefined {
  if (error?.kind === 'stream_terminated') {
    return values.length === 0 ? `${error.reason}, no events` : error.reason
  }
  return error?.kind === 'stream_error' ? 'stream_error' : undefined
}
