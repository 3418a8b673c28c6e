import { createParser } from 'eventsource-parser'
import { Agent } from 'undici'
import { fromEventStream, openaiChat, toAsyncIterable } from '../src/index.ts'
import { compare } from './rounds.ts'
import { startServer } from './start-server.ts'

/** What an event costs, beside the floor: undici's dispatch, a TextDecoder, eventsource-parser, `JSON.parse`, a counter. */
const { origin, stop } = await startServer()
const dispatcher = new Agent()

const floor = (path: string, parse: (data: string) => unknown): Promise<number> =>
  new Promise((resolve, reject) => {
    let events = 0
    const decoder = new TextDecoder()
    const parser = createParser({
      onEvent: ({ data }) => {
        if (data === '[DONE]') return
        parse(data)
        events++
      },
    })
    dispatcher.dispatch(
      { origin, path, method: 'GET', headersTimeout: 0, bodyTimeout: 0 },
      {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData: (_, chunk) => parser.feed(decoder.decode(chunk, { stream: true })),
        onResponseEnd: () => resolve(events),
        onResponseError: (_, error) => reject(error),
      },
    )
  })

const ours = (path: string, json: boolean): Promise<number> =>
  new Promise((resolve, reject) => {
    let events = 0
    const observer = { next: () => void events++, complete: () => resolve(events), error: reject }
    if (json) fromEventStream(origin + path, { dispatcher, dialect: openaiChat() }).subscribe(observer)
    else fromEventStream(origin + path, { dispatcher }).subscribe(observer)
  })

async function pulled(path: string): Promise<number> {
  let events = 0
  for await (const _ of toAsyncIterable(origin + path, { dispatcher, dialect: openaiChat() })) events++
  return events
}

const times = (count: number, one: () => Promise<number>) => async (): Promise<number> => {
  const counts = await Promise.all(Array.from({ length: count }, one))
  return counts.reduce((a, b) => a + b)
}

const burst = '/burst?n=200000'
console.log('\nBurst, 200,000 events of a chat completion on one stream')
await compare(
  {
    'floor: dispatch, decode, parse, JSON': () => floor(burst, JSON.parse),
    'fromEventStream, openaiChat()': () => ours(burst, true),
    'toAsyncIterable, openaiChat()': () => pulled(burst),
  },
  11,
  'event',
)
console.log('\nBurst without JSON')
await compare(
  {
    'floor: dispatch, decode, parse': () => floor(burst, (data) => data),
    'fromEventStream, raw events': () => ours(burst, false),
  },
  11,
  'event',
)
const trickle = '/trickle?n=300'
console.log('\nTrickle, 100 streams, a write an event')
await compare(
  {
    'floor: dispatch, decode, parse, JSON': times(100, () => floor(trickle, JSON.parse)),
    'fromEventStream, openaiChat()': times(100, () => ours(trickle, true)),
  },
  9,
  'event',
)
await dispatcher.close()
stop()
