import { lastValueFrom, throwError } from 'rxjs'
import { describe, expect, it, vi } from 'vitest'
import * as here from '../../src/index.ts'
import { checkDialect } from '../../src/testing/index.ts'
import { scriptedTransport } from '../fixtures/in-memory.ts'

vi.resetModules()
const other: typeof here = await import('../../src/index.ts')

const CHUNK = '{"choices":[{"index":0,"delta":{"content":"a"}}]}'

/** Remembers, and is made with the verdicts of the other copy. */
const dialectOfOther: here.Dialect<unknown, { seen: number }> = {
  name: 'of another copy',
  memory: () => ({ seen: 0 }),
  read({ data }, memory) {
    if (data === 'ping') return other.ping
    if (data === 'skip') return other.ignored
    memory.seen++
    const value = JSON.parse(data)
    if (value?.error) return other.failed({ message: value.error, payload: value })
    return value?.end === true ? other.done(value) : value
  },
}

function read(body: string) {
  const values: unknown[] = []
  const stream = here.fromEventStream('http://wire.test/', {
    dialect: dialectOfOther,
    retry: false,
    transport: scriptedTransport(() => ({ chunks: [Buffer.from(body)], death: 'clean' })),
  })
  return new Promise<{ values: unknown[]; error?: here.SseError }>((resolve) => {
    stream.subscribe({
      next: (value) => values.push(value),
      complete: () => resolve({ values }),
      error: (error: here.SseError) => resolve({ values, error }),
    })
  })
}

describe('a dialect that comes with a copy of the package of its own', () => {
  it('is really another copy', () => {
    expect(other.ping).not.toBe(here.ping)
  })

  it('has its verdicts understood', async () => {
    expect(await read('data: {"n":1}\n\ndata: skip\n\ndata: {"end":true}\n\n')).toEqual({
      values: [{ n: 1 }, { end: true }],
    })
    expect((await read('data: {"error":"no paper"}\n\n')).error).toMatchObject({
      kind: 'stream_error',
      message: 'no paper',
    })
  })

  it('has its ping taken for one: the stream stays resumable', async () => {
    const { error } = await read('id: 1\ndata: {"n":1}\n\nid: 1\ndata: ping\n\ndata: ping\n\n')
    expect(error).toMatchObject({ kind: 'stream_terminated', resumable: true, lastEventId: '1' })
    const ignored = await read('id: 1\ndata: {"n":1}\n\ndata: skip\n\n')
    expect(ignored.error).toMatchObject({ kind: 'stream_terminated', resumable: false })
  })

  it('passes the checks', () => {
    const check = () =>
      checkDialect(dialectOfOther, [
        {
          name: 'whole',
          body: 'data: {"n":1}\n\ndata: ping\n\ndata: {"end":true}\n\n',
          outcome: 'complete',
        },
        {
          name: 'failed',
          body: 'data: {"n":1}\n\ndata: {"error":"x"}\n\n',
          outcome: { kind: 'stream_error' },
        },
      ])
    expect(check).not.toThrow()
  })

  it('has its errors completed with the message so far', async () => {
    const chat = here.openaiChat()
    const body = `data: ${CHUNK}\n\n`
    const error = await lastValueFrom(
      other
        .fromEventStream('http://wire.test/', {
          dialect: chat as never,
          retry: false,
          transport: scriptedTransport(() => ({ chunks: [Buffer.from(body)], death: 'clean' })),
        })
        .pipe(here.accumulate(chat) as never),
    ).catch((error: unknown) => error)
    expect(here.isSseError(error) && error.partial).toMatchObject({ text: 'a' })
    expect(other.isSseError(error)).toBe(true)
    await expect(lastValueFrom(throwError(() => error))).rejects.toBe(error)
  })
})
