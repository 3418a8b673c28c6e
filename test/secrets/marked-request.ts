import { inspect } from 'node:util'
import { onTestFinished } from 'vitest'
import { type EventStreamConfig, eventStreamSignals, isSseError, type SseError } from '../../src/index.ts'
import type { StreamSignal } from '../../src/stream-signal.ts'
import { marksFor } from './marks.ts'

/** A secret in every place of a request that a caller fills. */
export const marks = marksFor(
  'authorization',
  'x-api-key',
  'cookie',
  'proxy-authorization',
  'a header of the caller’s own',
  'URL user',
  'URL password',
  'path',
  'query',
  'fragment',
  'body',
  'idempotency key',
)

const headers = {
  authorization: `Bearer ${marks.authorization}`,
  'x-api-key': marks['x-api-key'],
  cookie: `session=${marks.cookie}; theme=dark`,
  'proxy-authorization': `Basic ${btoa(`me:${marks['proxy-authorization']}`)}`,
  'x-mine': marks['a header of the caller’s own'],
}

/** The config's places. URL user and password give way to an `authorization` of the headers, so they come in turn. */
export const marked = {
  method: 'POST',
  headers,
  body: { messages: [{ role: 'user', content: marks.body }] },
  idempotencyKey: marks['idempotency key'],
} satisfies EventStreamConfig<unknown>

/** The URL's places. */
export function markedUrl(origin: string, path = ''): string {
  const url = new URL(`${path}/${marks.path}`, origin)
  url.username = marks['URL user']
  url.password = marks['URL password']
  url.search = `?key=${marks.query}&alt=sse`
  url.hash = marks.fragment
  return url.href
}

/** What a stream told, but for its values: those are what was asked for. */
interface Told {
  readonly error: SseError | undefined
  readonly signals: readonly StreamSignal<unknown>[]
}

export const told = (url: string, config: EventStreamConfig<never>): Promise<Told> =>
  new Promise((resolve, reject) => {
    const signals: StreamSignal<unknown>[] = []
    eventStreamSignals(url, config).subscribe({
      next: (signal) => {
        if (signal.type !== 'value') signals.push(signal)
      },
      complete: () => resolve({ error: undefined, signals }),
      error: (error: unknown) => {
        if (isSseError(error)) resolve({ error, signals })
        else reject(error)
      },
    })
  })

/** All that this process writes while one test runs: to the console, to stdout and stderr, as a warning. */
export function written(): () => string {
  let text = ''
  const restore: (() => void)[] = []
  const listen = <O extends object>(on: O, name: keyof O & string): void => {
    const own = on[name]
    ;(on as Record<string, unknown>)[name] = (...args: readonly unknown[]): boolean => {
      text += `${args.map((arg) => (typeof arg === 'string' ? arg : inspect(arg))).join(' ')}\n`
      return true
    }
    restore.push(() => {
      on[name] = own
    })
  }
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace', 'dir'] as const) listen(console, name)
  listen(process.stdout, 'write')
  listen(process.stderr, 'write')
  listen(process, 'emitWarning')
  onTestFinished(() => {
    for (const one of restore) one()
  })
  return () => text
}
