import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { tap } from 'rxjs'
import { Agent } from 'undici'
import { fromEventStream, type RawConfig, type ServerSentEvent } from '../../../src/index.ts'
import { type Collected, collect } from '../../collect.ts'

export const ca = readFileSync(resolve(import.meta.dirname, '../../tls/cert.pem'), 'utf8')

/** Connections of its own, and HTTP/2 where TLS offers it. */
export const newAgent = (maxConcurrentStreams = 100): Agent =>
  new Agent({ connect: { ca }, h2Options: { maxConcurrentStreams } })

/** Longer than any proxy takes to give up: what ends a stream here is never the client's own clock. */
export const PATIENCE = { connect: 50_000, first: 50_000, idle: 50_000, stall: 50_000 }

export interface Watching extends RawConfig {
  /** Told how many values there are now. */
  readonly onValue?: (count: number) => void
}

/** Everything that a client of the library sees of a stream. */
export async function watch(
  url: string,
  { onValue = () => {}, ...config }: Watching = {},
): Promise<Collected<ServerSentEvent>> {
  const dispatcher = newAgent()
  let count = 0
  const defaults = { dispatcher, timeout: PATIENCE, retry: false } as const
  try {
    return await collect(fromEventStream(url, { ...defaults, ...config }).pipe(tap(() => onValue(++count))))
  } finally {
    await dispatcher.destroy()
  }
}

/** The text that chunks of a completion add up to. */
export const textOf = (events: readonly ServerSentEvent[]): string =>
  events.map(({ data }) => JSON.parse(data).choices[0]?.delta.content ?? '').join('')
