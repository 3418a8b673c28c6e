import { beforeEach, onTestFinished } from 'vitest'
import { fetchTransport } from '../../src/transport/fetch.ts'
import type { FetchLike, FetchResponse } from '../../src/transport/fetch-like.ts'
import type { Exchange, TransportSink } from '../../src/transport/transport.ts'
import { fakeFetch, settled } from './fake-fetch.ts'
import { type Recorder, recorder, requestTo } from './recorder.ts'

export const ASKED = 'http://gateway.test/path?key=secret'

/** Collects the rejections that nobody handles, in place of vitest's own way, which fails the run. */
export function unhandledRejections(): () => readonly unknown[] {
  let seen: unknown[] = []
  beforeEach(() => {
    const others = process.listeners('unhandledRejection')
    process.removeAllListeners('unhandledRejection')
    const own: unknown[] = []
    seen = own
    process.on('unhandledRejection', (reason) => own.push(reason))
    onTestFinished(async () => {
      await settled()
      process.removeAllListeners('unhandledRejection')
      for (const other of others) process.on('unhandledRejection', other)
    })
  })
  return () => seen
}

interface Sent {
  readonly sink: Recorder
  readonly exchange: Exchange
  readonly signal: AbortSignal
}

/** Sends a request whose answer is this. `during`: what the sink does, with the exchange from `onHead` on. */
export async function send(
  answer: FetchResponse | Promise<FetchResponse>,
  during: (exchange: () => Exchange) => Partial<TransportSink> = () => ({}),
): Promise<Sent> {
  const { fetch, calls } = fakeFetch(() => answer)
  const held: { exchange?: Exchange } = {}
  const sink = recorder(during(() => held.exchange as Exchange))
  held.exchange = fetchTransport({ fetch }).send(requestTo(ASKED), sink)
  await settled()
  return { sink, exchange: held.exchange, signal: calls[0]?.signal as AbortSignal }
}

/** What comes of a fetch that may be none. */
export async function sendOver(fetch: unknown, sink: Recorder = recorder()): Promise<Recorder> {
  fetchTransport({ fetch: fetch as FetchLike }).send(requestTo(ASKED), sink)
  await settled()
  return sink
}
