import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  type Dialect,
  eventStreamSignals,
  ignored,
  openaiChat,
  rawEvents,
  type SseError,
} from '../../src/index.ts'
import { served } from './served.ts'

const utf8 = new TextEncoder()

/** Everything that a subscriber is told once the head is there. */
function told(dialect: Dialect<unknown>, chunks: readonly string[]): Promise<unknown[]> {
  const seen: unknown[] = []
  return new Promise((resolve) => {
    eventStreamSignals('http://127.0.0.1/', {
      dialect,
      transport: served(chunks.map((chunk) => utf8.encode(chunk))),
      retry: { count: 0 },
    }).subscribe({
      next: (signal) => {
        if (signal.type === 'value' || signal.type === 'cursor') seen.push(signal)
      },
      complete: () => resolve([...seen, 'complete']),
      // Whatever else is in the chunk has been received too.
      error: (error: SseError) =>
        resolve([...seen, { ...JSON.parse(JSON.stringify(error)), bytes: undefined }]),
    })
  })
}

const chat = (delta: object): string => `data: ${JSON.stringify({ choices: [{ index: 0, delta }] })}\n\n`

const TOKEN = chat({ content: 'token' })

const PIECES = [
  TOKEN,
  chat({ content: 'other' }),
  chat({ role: 'assistant' }),
  `event: named\n${TOKEN}`,
  `id: 7\n${TOKEN}`,
  `id\n${TOKEN}`,
  'id: 8\n\n',
  'id\n\n',
  'retry: 5\n\n',
  ': ping\n\n',
  'foreign\n\n',
  'data: [DONE]\n\n',
  'data: {"error":{"message":"no"}}\n\n',
]

/** Those of which a stream has few are as rare here. */
const body = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(TOKEN) }, fc.constantFrom(...PIECES)), {
  maxLength: 40,
})

/** Passes over some events, and counts what it has read. */
const counting: Dialect<string, { read: number }> = {
  name: 'counting',
  memory: () => ({ read: 0 }),
  read: ({ data }, memory) => {
    memory.read++
    if (data.startsWith('{"error"')) throw new Error('cannot be read')
    return data.includes('other') ? ignored : `${memory.read} ${data}`
  },
}

const dialects = {
  'rawEvents()': rawEvents() as Dialect<unknown>,
  'openaiChat()': openaiChat() as Dialect<unknown>,
  'a dialect with a memory': counting as Dialect<unknown>,
}

for (const [name, dialect] of Object.entries(dialects)) {
  it(`${name}: what many events in one chunk tell, they tell in a chunk each`, async () => {
    await fc.assert(
      fc.asyncProperty(body, async (pieces) => {
        expect(await told(dialect, [pieces.join('')])).toEqual(await told(dialect, pieces))
      }),
      { numRuns: 500 },
    )
  })
}

it('an ID that comes between events of one chunk is the cursor of those behind it', async () => {
  const seen = await told(rawEvents() as Dialect<unknown>, [
    'data: a\n\ndata: b\n\ndata: c\n\nid: 7\n\ndata: d\n\nid: 8\ndata: e\n\ndata: f\n\ndata: [DONE]\n\n',
  ])
  expect(seen).toEqual([
    { type: 'value', value: { data: 'a' }, lastEventId: undefined },
    { type: 'value', value: { data: 'b' }, lastEventId: undefined },
    { type: 'value', value: { data: 'c' }, lastEventId: undefined },
    { type: 'cursor', lastEventId: '7' },
    { type: 'value', value: { id: '7', data: 'd' }, lastEventId: undefined },
    { type: 'value', value: { id: '8', data: 'e' }, lastEventId: '8' },
    { type: 'value', value: { id: '8', data: 'f' }, lastEventId: undefined },
    'complete',
  ])
})

it('an event that cannot be read, amid others of its chunk, is told with how many came before it', async () => {
  const seen = await told(counting as Dialect<unknown>, [
    'data: a\n\ndata: b\n\ndata: other\n\ndata: c\n\ndata: {"error":1}\n\ndata: d\n\n',
  ])
  expect(seen.slice(0, 3)).toMatchObject([{ value: '1 a' }, { value: '2 b' }, { value: '4 c' }])
  expect(seen[3]).toMatchObject({ code: 'malformed_event', events: 3 })
  expect(seen).toHaveLength(4)
})
