import { from } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { fromEventStream, type NestEvent, nestSse } from '../../src/index.ts'
import { type EventStreamResponseOptions, eventStreamResponse } from '../../src/relay/index.ts'
import { collect } from '../collect.ts'
import { fixtures } from '../fixtures/fixture.ts'
import { scriptedTransport } from '../fixtures/in-memory.ts'

/** What docs/relay.md says for the wires that are not read with `[DONE]` behind JSON. */
const relaying: Readonly<Record<string, EventStreamResponseOptions<NestEvent<unknown>>>> = {
  'ag-ui': { done: false },
  // Their data was parsed.
  'lang-graph': { done: false, event: (value) => ({ ...value, data: JSON.stringify(value.data) }) },
  'nest-sse': {
    done: false,
    event: ({ data, ...rest }) => ({ ...rest, data: typeof data === 'string' ? data : JSON.stringify(data) }),
  },
}

const whole = fixtures.filter(
  ({ dialectName, outcome }) => outcome === 'complete' && dialectName !== 'event-source',
)

describe.each(whole.map((fixture) => [fixture.name, fixture] as const))('%s', (_, fixture) => {
  it('says the same once it was relayed', async () => {
    const options = relaying[fixture.dialectName]
    const response = eventStreamResponse(from(fixture.values as NestEvent<unknown>[]), {
      heartbeatMs: 0,
      ...options,
    })
    const chunks = [new Uint8Array(await response.arrayBuffer())]
    const again = await collect(
      fromEventStream('http://relay.example/', {
        dialect: fixture.dialect(),
        transport: scriptedTransport(() => ({ chunks, death: 'clean' })),
        retry: false,
      }),
    )
    expect(again).toEqual({ values: fixture.values, completed: true, error: undefined })
  })
})

describe('a NestJS end event', () => {
  it('is what done says', async () => {
    const response = eventStreamResponse(from([{ data: 'a' }]), {
      heartbeatMs: 0,
      done: { event: 'done', data: '' },
    })
    const chunks = [new Uint8Array(await response.arrayBuffer())]
    const { values, completed } = await collect(
      fromEventStream('http://relay.example/', {
        dialect: nestSse({ endEvent: 'done' }),
        // A cut: without the end event it would not be whole.
        transport: scriptedTransport(() => ({ chunks, death: 'fin' })),
        retry: false,
      }),
    )
    expect(completed).toBe(true)
    expect(values).toEqual([{ data: 'a' }, { event: 'done', data: '' }])
  })
})
