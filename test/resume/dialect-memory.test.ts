import { describe, expect, it } from 'vitest'
import { fromEventStream } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { SSE, serve } from '../server.ts'
import { joining } from './joining-dialect.ts'
import { AT_ONCE } from './play.ts'
import { DONE } from './wire-text.ts'

describe("a dialect's memory across attempts", () => {
  /** A server that sends of its log what comes after the ID that it is asked for, up to so many events, then cuts. */
  async function playLog(
    log: readonly { id?: number; data: string }[],
    ends: readonly number[],
  ): Promise<readonly string[]> {
    const server = await serve((req, res, n) => {
      const asked = Number(req.headers['last-event-id'] ?? 0)
      const from = log.findIndex(({ id }) => id === asked) + 1
      const end = ends[n - 1]
      res.writeHead(200, SSE)
      const text = log
        .slice(from, end)
        .map(({ id, data }) => `${id === undefined ? '' : `id: ${id}\n`}data: ${data}\n\n`)
        .join('')
      if (end === undefined) res.end(text + DONE)
      else res.write(text, () => setTimeout(() => res.socket?.destroy(), 10))
    })
    const seen = await collect(fromEventStream(server.url, { dialect: joining, retry: AT_ONCE }))
    return seen.values
  }

  it('goes on with what was begun', async () => {
    const log = ['One.', 'Hel', 'lo', '!.'].map((data, index) => ({ id: index + 1, data }))
    expect(await playLog(log, [2])).toEqual(['One.', 'Hello!.'])
  })

  it('does not hold a piece twice that is sent again after a second cut', async () => {
    const log = ['One.', 'Hel', 'lo', '!.'].map((data, index) => ({ id: index + 1, data }))
    // Or it is not resumed at all.
    expect([['One.'], ['One.', 'Hello!.']]).toContainEqual(await playLog(log, [2, 3]))
  })

  it('does not hold a piece twice that had no ID', async () => {
    const log = [
      { id: 1, data: 'One.' },
      { data: 'Two.' },
      { id: 2, data: 'Three.' },
      { data: 'Hel' },
      { data: 'lo.' },
    ]
    // Or it is not resumed at all.
    expect([
      ['One.', 'Two.', 'Three.'],
      ['One.', 'Two.', 'Three.', 'Hello.'],
    ]).toContainEqual(await playLog(log, [4]))
  })
})
