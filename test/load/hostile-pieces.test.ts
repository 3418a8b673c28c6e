import { describe, expect, it } from 'vitest'
import { fromEventStream, openaiChat } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { pour } from '../hostile/pour.ts'

describe('a stream that comes in a million pieces', () => {
  /** One byte a chunk. */
  const bytes = (text: string) => {
    const source = Buffer.from(text)
    return {
      name: 'bytes',
      send: (_: unknown, sink: Parameters<ReturnType<typeof pour>['transport']['send']>[1]) => {
        let left = false
        const leave = (): void => {
          left = true
        }
        setImmediate(() => {
          sink.onHead({ status: 200, header: () => 'text/event-stream' })
          for (let at = 0; at < source.length && !left; at++) sink.onChunk(source.subarray(at, at + 1))
          sink.onEnd()
        })
        return { pause() {}, resume() {}, abort: leave, release: leave }
      },
    }
  }

  it('of a byte each is read as if it had come whole: one event', async () => {
    const data = 'é'.repeat(500_000)
    const { values, completed } = await collect(
      fromEventStream('http://127.0.0.1:9', { transport: bytes(`data: ${data}\n\ndata: [DONE]\n\n`) }),
    )
    expect(completed).toBe(true)
    expect(values).toEqual([{ data }])
  })

  it('of a byte each is read as if it had come whole: many events', async () => {
    const text = 'data: {"choices":[]}\n\n'.repeat(5_000)
    const { values, completed } = await collect(
      fromEventStream('http://127.0.0.1:9', {
        transport: bytes(`${text}data: [DONE]\n\n`),
        dialect: openaiChat(),
      }),
    )
    expect([completed, values.length]).toEqual([true, 5_000])
  })

  it('a million lines of data are one event', async () => {
    // Copied anew with each line they would be 10¹² characters, hours.
    const server = pour(`${'data: x\n'.repeat(1_000_000)}\ndata: [DONE]\n\n`)
    const { values, completed } = await collect(
      fromEventStream('http://127.0.0.1:9', { transport: server.transport }),
    )
    expect(completed).toBe(true)
    expect(values.map(({ data }) => data.length)).toEqual([1_999_999])
    expect(/^(?:x\n)*x$/.test(values[0]?.data ?? '')).toBe(true)
  })
})
