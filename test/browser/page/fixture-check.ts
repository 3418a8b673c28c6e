import { expect } from 'vitest'
import { eventStreamSignals, isSseError, type SseError } from '../../../src/index.ts'
import { dialectNamed, type Fixture } from '../../fixtures/fixture.ts'
import { cutAt, scriptedTransport } from '../../fixtures/in-memory.ts'
import { errorMismatch, oracleOf } from '../../fixtures/oracle.ts'

/** What the page has saved, as a fixture that stands in the folder of this dialect. */
export function savedFixture(dialectName: string, name: string, bytes: Uint8Array, json: string): Fixture {
  return {
    ...JSON.parse(json),
    name: `${dialectName}/${name}`,
    dialectName,
    bytes,
    dialect: () => dialectNamed(dialectName),
  }
}

/** What each fixture of the repository must hold: it says where it is from, and gives its values and its ending in any pieces. */
export function expectFixture(fixture: Fixture): void {
  const { bytes, values, outcome, source } = fixture
  expect(source).toMatch(/^recorded: ./)
  for (const offsets of [[], [...bytes.keys()]]) {
    const seen: unknown[] = []
    let lastEventId: string | undefined
    let end: 'complete' | SseError | undefined
    eventStreamSignals('http://fixture.test/', {
      dialect: fixture.dialect(),
      transport: scriptedTransport(() => ({ chunks: cutAt(bytes, offsets), death: 'clean' })),
      retry: false,
    }).subscribe({
      next(signal) {
        if (signal.type !== 'value') return
        seen.push(signal.value)
        lastEventId = signal.lastEventId
      },
      complete: () => {
        end = 'complete'
      },
      error: (error: unknown) => {
        if (isSseError(error)) end = error
      },
    })
    expect(seen).toEqual(values)
    expect(lastEventId).toBe(fixture.lastEventId)
    if (outcome === 'complete') expect(end).toBe('complete')
    else expect(errorMismatch(outcome, end as SseError)).toBeUndefined()
  }
  // By a parser that is not the library's: each value is an event, in order, before the end.
  const { valueAt, end } = oracleOf(fixture)
  expect(valueAt).toEqual([...valueAt].sort((a, b) => a - b))
  expect(valueAt.every(Number.isFinite)).toBe(true)
  if (outcome === 'complete') expect(end?.at).toBeLessThanOrEqual(bytes.length)
}
