import { AsyncLocalStorage } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { resolve } from 'node:path'
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  type Continuation,
  eventStreamSignals,
  fromEventStream,
  restart,
  type SseError,
  shareStream,
  toAsyncIterable,
} from '../../src/index.ts'
import { type FaultServer, startFaultServer } from '../../src/testing/index.ts'
import * as web from '../../src/web.ts'
import { collect } from '../collect.ts'
import { scenarioOf } from '../scenario-of.ts'
import { SSE, serve } from '../server.ts'
import { faultsOf, hear, NAMES, record, wordsOf } from './recorder.ts'

const again = { retry: { delay: 1, jitter: 'none' } } as const

async function serving(words: string): Promise<FaultServer> {
  const server = await startFaultServer(scenarioOf(words))
  onTestFinished(() => server.close())
  return server
}

describe('the messages of a stream', () => {
  it('say what it was, what became of each attempt, and how it ended', async () => {
    const server = await serving('resume-after-fin')
    const recorder = record()
    await collect(fromEventStream(`${server.url}/v1`, { method: 'put', ...again }))
    const [start] = recorder.of('rx-sse:start')
    const stream = { url: `${server.url}/v1`, method: 'PUT', dialect: 'raw' }
    expect(start).toEqual({ stream, attempt: 1, isContinuation: false, lastEventId: undefined })
    const elapsedMs = expect.any(Number)
    expect(recorder.of('rx-sse:open')).toEqual([
      { stream, attempt: 1, status: 200, requestId: undefined, elapsedMs },
      { stream, attempt: 2, status: 200, requestId: undefined, elapsedMs },
    ])
    const error: unknown = expect.objectContaining({ kind: 'stream_terminated', attempt: 1, events: 5 })
    expect(recorder.of('rx-sse:retry')).toEqual([
      { stream, attempt: 1, error, delayMs: 1, events: 5, attemptEvents: 5, resume: 'fromCursor' },
    ])
    expect(recorder.of('rx-sse:end')).toEqual([
      {
        stream,
        outcome: 'complete',
        error: undefined,
        attempts: 2,
        events: 27,
        attemptEvents: 22,
        timeToFirstValueMs: expect.any(Number),
        durationMs: expect.any(Number),
      },
    ])
    expect(recorder.lives).toHaveLength(1)
  })

  it('have the very error that the subscriber gets', async () => {
    const server = await serving('invalid-api-key')
    const recorder = record()
    const { error } = await collect(fromEventStream(server.url))
    expect(recorder.of('rx-sse:end').map((end) => end.error)).toEqual([error])
    expect(recorder.of('rx-sse:end')[0]?.error).toBe(error)
  })

  it('have the request ID and the cursor that it began after', async () => {
    const server = await serve((_, res) => {
      res.writeHead(200, { ...SSE, 'x-request-id': 'req-7' }).end('id: 8\ndata: a\n\ndata: [DONE]\n\n')
    })
    const recorder = record()
    await collect(fromEventStream(server.url, { lastEventId: '7' }))
    expect(recorder.of('rx-sse:start')[0]?.lastEventId).toBe('7')
    expect(recorder.of('rx-sse:open')[0]?.requestId).toBe('req-7')
  })

  it('count what a reset takes back as delivered', async () => {
    const server = await serving('fin then whole')
    const recorder = record()
    await collect(eventStreamSignals(server.url, { ...again, resume: restart() }))
    expect(recorder.of('rx-sse:retry')[0]).toMatchObject({ events: 5, attemptEvents: 5, resume: 'restart' })
    expect(recorder.of('rx-sse:end')[0]).toMatchObject({ attempts: 2, events: 32, attemptEvents: 27 })
  })

  it('are of a life of its own for a continuation, which goes on with the attempts', async () => {
    const server = await serving('resume-after-fin')
    const recorder = record()
    const signals = eventStreamSignals(server.url, { retry: false })
    let continuation: Continuation<unknown> | undefined
    await new Promise<void>((resolve) => {
      signals.subscribe({
        next: (signal) => {
          if (signal.type === 'connecting') continuation = signal.continuation
        },
        error: () => resolve(),
      })
    })
    await lastValueFrom(continuation as Continuation<unknown>)
    expect(recorder.lives.map(wordsOf)).toEqual(['start open end', 'start open end'])
    expect(recorder.lives.flatMap(faultsOf)).toEqual([])
    expect(recorder.of('rx-sse:start')[1]).toMatchObject({
      attempt: 2,
      isContinuation: true,
      lastEventId: '5',
    })
    const ends = recorder.of('rx-sse:end').map(({ outcome, attempts, events }) => [outcome, attempts, events])
    expect(ends).toEqual([
      ['error', 1, 5],
      ['complete', 1, 22],
    ])
  })

  it('are one life for all who share it, and one for each subscription else', async () => {
    const server = await serving('whole')
    const recorder = record()
    const shared = fromEventStream(server.url).pipe(shareStream())
    await Promise.all([lastValueFrom(shared), lastValueFrom(shared)])
    expect(recorder.lives.map(wordsOf)).toEqual(['start open end'])
    const own = fromEventStream(server.url)
    await Promise.all([lastValueFrom(own), lastValueFrom(own)])
    expect(recorder.lives.map(wordsOf)).toEqual(Array(3).fill('start open end'))
  })

  it('say that enough was enough', async () => {
    const server = await serving('whole')
    const recorder = record()
    await firstValueFrom(fromEventStream(server.url))
    await lastValueFrom(fromEventStream(server.url).pipe(take(3)))
    for await (const _ of toAsyncIterable(server.url)) break
    const ends = recorder.of('rx-sse:end').map(({ outcome, events }) => [outcome, events])
    expect(ends.slice(0, 2)).toEqual([
      ['unsubscribed', 1],
      ['unsubscribed', 3],
    ])
    // A reader that pulls may find the rest already there.
    expect(ends).toHaveLength(3)
  })

  it('hold no header, no body, no credentials and no query', async () => {
    const server = await serving('fin')
    const recorder = record()
    const secret = 's3cr3t'
    const url = new URL(`${server.url}/v1?key=${secret}&${secret}#${secret}`)
    url.username = secret
    url.password = secret
    const headers = { authorization: secret, 'x-key': secret }
    await collect(fromEventStream(url, { headers, body: { prompt: secret }, idempotencyKey: secret }))
    expect(server.requests[0]?.body).toContain(secret)
    expect(recorder.of('rx-sse:end')[0]?.error?.code).toBe('stream_terminated')
    expect(recorder.of('rx-sse:start')[0]?.stream.url).toBe(`${server.url}/v1`)
    expect(JSON.stringify(recorder.lives)).not.toContain(secret)
  })

  it('are none of an iterator that was never pulled, nor of the web face', async () => {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end('data: [DONE]\n\n'))
    const recorder = record()
    await toAsyncIterable(server.url)[Symbol.asyncIterator]().return?.()
    const { completed } = await collect(web.fromEventStream(server.url))
    expect(completed).toBe(true)
    expect(recorder.lives).toEqual([])
  })
})

describe('who listens', () => {
  it('hears the start inside the call that subscribes, in its async context', async () => {
    const server = await serving('whole')
    const storage = new AsyncLocalStorage<string>()
    const heard: (string | undefined)[] = []
    hear('rx-sse:start', () => heard.push(storage.getStore()))
    const ended = storage.run('mine', () => lastValueFrom(fromEventStream(server.url)))
    expect(heard).toEqual(['mine'])
    await ended
  })

  it('of a stream under way hears nothing, of the next one all', async () => {
    const server = await serving('whole')
    const stream = fromEventStream(server.url)
    const ended = lastValueFrom(stream)
    const recorder = record()
    await ended
    expect(recorder.lives).toEqual([])
    await lastValueFrom(stream)
    expect(recorder.lives.map(wordsOf)).toEqual(['start open end'])
  })

  it('may stop in the middle of one', async () => {
    const server = await serving('whole')
    const names: string[] = []
    const stops = NAMES.map((name) => hear(name, () => names.push(name)))
    hear('rx-sse:open', () => stops.forEach((stop) => void stop()))
    expect(await lastValueFrom(fromEventStream(server.url).pipe(toArray()))).toHaveLength(27)
    expect(names).toEqual(['rx-sse:start', 'rx-sse:open'])
  })

  it('harms no stream by throwing: Node tells the process, as of any channel', async () => {
    const server = await serving('resume-after-fin')
    const uncaught: unknown[] = []
    // Vitest would take it for a failure of the test.
    const others = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    const onUncaught = (error: unknown): void => void uncaught.push(error)
    process.on('uncaughtException', onUncaught)
    const oops = new RangeError('oops')
    const stops = NAMES.map((name) =>
      hear(name, () => {
        throw oops
      }),
    )
    const recorder = record()
    try {
      const seen = await collect(fromEventStream(server.url, again))
      expect(seen).toMatchObject({ completed: true, values: { length: 27 } })
      await new Promise((resolve) => setImmediate(resolve))
    } finally {
      for (const stop of stops) stop()
      process.off('uncaughtException', onUncaught)
      for (const listener of others) process.on('uncaughtException', listener)
    }
    expect(recorder.lives.map(wordsOf)).toEqual(['start open retry open end'])
    expect(uncaught).toEqual([oops, oops, oops, oops, oops])
  })
})

describe('a stream', () => {
  const EVENTS = 1_000
  const body = `${'data: x\n\n'.repeat(EVENTS)}data: [DONE]\n\n`

  /** Reads one, and counts what it asks of the channels and of the clock. */
  async function countingReads(): Promise<{ asked: number[]; published: number[] }> {
    const server = await serve((_, res) => void res.writeHead(200, SSE).end(body))
    const counts = NAMES.map((name) => {
      const it = channel(name)
      const counted = { asked: 0, published: 0 }
      const { hasSubscribers, publish } = it
      Object.defineProperties(it, {
        hasSubscribers: {
          configurable: true,
          get: () => {
            counted.asked++
            return hasSubscribers
          },
        },
        publish: {
          configurable: true,
          value: (message: unknown) => {
            counted.published++
            publish.call(it, message)
          },
        },
      })
      onTestFinished(() => {
        Reflect.deleteProperty(it, 'hasSubscribers')
        Reflect.deleteProperty(it, 'publish')
      })
      return counted
    })
    const { values } = await collect(fromEventStream(server.url))
    expect(values).toHaveLength(EVENTS)
    return { asked: counts.map(({ asked }) => asked), published: counts.map(({ published }) => published) }
  }

  it('asks each channel once whether anybody listens, and then publishes nothing', async () => {
    expect(await countingReads()).toEqual({ asked: [1, 1, 1, 1], published: [0, 0, 0, 0] })
  })

  it('of a thousand events publishes three messages when one channel is heard', async () => {
    const ends: (SseError | undefined)[] = []
    hear('rx-sse:end', ({ error }) => ends.push(error))
    expect((await countingReads()).published).toEqual([1, 1, 0, 1])
    expect(ends).toEqual([undefined])
  })
})

describe('the page of diagnostics', () => {
  const page = readFileSync(resolve(import.meta.dirname, '../../docs/diagnostics.md'), 'utf8')

  /** The first column of the table after some words. */
  const fieldsAfter = (words: string): string[] => {
    const [, table = ''] = page.slice(page.indexOf(words)).split('|---|---|\n')
    const [rows = ''] = table.split('\n\n')
    return [...rows.matchAll(/^\| `(\w+)` \|/gm)].map(([, field = '']) => field)
  }

  it('has the fields that the messages have, channel by channel', async () => {
    const server = await serving('resume-after-fin')
    const recorder = record()
    await collect(fromEventStream(server.url, again))
    const [life = []] = recorder.lives
    expect(new Set(life.map(({ name }) => name))).toEqual(new Set(NAMES))
    for (const { name, message } of life) {
      expect(fieldsAfter(`### \`${name}\``).sort(), name).toEqual(Object.keys(message).sort())
      expect(fieldsAfter('`stream`, of the type').sort()).toEqual(Object.keys(message.stream).sort())
    }
    expect([...page.matchAll(/^### `(.+)`$/gm)].map(([, name]) => name)).toEqual(NAMES)
  })

  it('has a log that runs as it stands', async () => {
    const [, code = ''] = /<!-- code: log -->\n```ts\n(.*?)\n```/s.exec(page) ?? []
    const program = stripTypeScriptTypes(code)
    const said: string[] = []
    const log = vi.spyOn(console, 'log').mockImplementation((line: string) => void said.push(line))
    onTestFinished(() => log.mockRestore())
    await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(program)}`)
    const whole = await serving('whole')
    await collect(fromEventStream(`${whole.url}/v1`))
    const refused = await serving('invalid-api-key')
    await collect(fromEventStream(`${refused.url}/v1`))
    expect(said).toEqual([
      `GET ${whole.url}/v1: complete, 27 events, requests: 1`,
      `GET ${refused.url}/v1: invalid_api_key, 0 events, requests: 1`,
    ])
  })
})
