import { lastValueFrom, of, throwError, toArray } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import {
  accumulate,
  catchStreamError,
  fromEventStream,
  isSseError,
  type LlmDialect,
  type Message,
  openaiChat,
  rawEvents,
  type SseError,
  text,
} from '../../src/index.ts'
import { chatChunk, type FaultServer, startFaultServer } from '../../src/testing/index.ts'

const chat = openaiChat()
const data = (chunk: unknown): string => `data: ${JSON.stringify(chunk)}\n\n`
const ANSWER = [
  JSON.parse(chatChunk({ role: 'assistant', content: '' })),
  JSON.parse(chatChunk({ content: 'one ' })),
  JSON.parse(chatChunk({ content: 'two' })),
]

let server: FaultServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function serving(fixture: string): Promise<string> {
  server = await startFaultServer({ fixture })
  return server.url
}

const failureOf = async (stream: ReturnType<typeof fromEventStream>): Promise<SseError> =>
  lastValueFrom(stream).then(
    () => expect.fail('it completed'),
    (error: unknown) => {
      if (!isSseError(error)) throw error
      return error
    },
  )

describe('text(dialect)', () => {
  it('gives the pieces of text and nothing for a value without one', async () => {
    const url = await serving(`${ANSWER.map(data).join('')}data: [DONE]\n\n`)
    const pieces = fromEventStream(url, { dialect: chat }).pipe(text(chat), toArray())
    expect(await lastValueFrom(pieces)).toEqual(['one ', 'two'])
  })

  it('passes errors on as they are', async () => {
    const error = new Error('not ours')
    await expect(lastValueFrom(throwError(() => error).pipe(text(chat)))).rejects.toBe(error)
  })

  it('errors with what a text() of one’s own throws, and leaves the source', async () => {
    let left = false
    const broken = {
      ...chat,
      text: () => {
        throw new RangeError('broken')
      },
    } as typeof chat
    const source = new (await import('rxjs')).Observable<never>((subscriber) => {
      subscriber.next({} as never)
      return () => {
        left = true
      }
    })
    await expect(lastValueFrom(source.pipe(text(broken)))).rejects.toThrow(RangeError)
    expect(left).toBe(true)
  })

  it('refuses a dialect that knows no text, at the call', () => {
    expect(() => text(rawEvents() as never)).toThrow(
      new TypeError('text: the dialect "raw" has no text(value).'),
    )
    expect(() => text(undefined as never)).toThrow(
      /^text: give it the dialect of the stream, such as openaiChat\(\)\.$/,
    )
    expect(() => text(openaiChat as never)).toThrow(TypeError)
  })
})

describe('accumulate(dialect)', () => {
  it('gives the message so far with each value', async () => {
    const url = await serving(`${ANSWER.map(data).join('')}data: [DONE]\n\n`)
    const messages = await lastValueFrom(
      fromEventStream(url, { dialect: chat }).pipe(accumulate(chat), toArray()),
    )
    expect(messages.map((message) => message.text)).toEqual(['', 'one ', 'one two'])
    expect(new Set(messages).size).toBe(3)
  })

  it('has the message as far as it came in the error, and says there what went wrong', async () => {
    const url = await serving(ANSWER.map(data).join(''))
    const error = await failureOf(
      fromEventStream(url, { dialect: chat, retry: false }).pipe(accumulate(chat)) as never,
    )
    expect(error).toMatchObject({ kind: 'stream_terminated', reason: 'clean_end', events: 3 })
    expect((error.partial as Message).text).toBe('one two')
    expect(error).toBeInstanceOf(Error)
    expect(error.stack).toContain('SseError')
  })

  it('shows the partial message neither to a log nor to a printer', async () => {
    const url = await serving(ANSWER.map(data).join(''))
    const error = await failureOf(
      fromEventStream(url, { dialect: chat, retry: false }).pipe(accumulate(chat)) as never,
    )
    const { inspect } = await import('node:util')
    expect(JSON.stringify(error)).not.toContain('one two')
    expect(inspect(error)).not.toContain('one two')
  })

  it('has no partial message where none had begun', async () => {
    const url = await serving(data({ error: { type: 'overloaded_error', message: 'busy' } }))
    const error = await failureOf(
      fromEventStream(url, { dialect: chat, retry: false }).pipe(accumulate(chat)) as never,
    )
    expect(error).toMatchObject({ kind: 'stream_error', code: 'model_overloaded' })
    expect(error.partial).toBeUndefined()
  })

  it('gives each subscription a message and an error of its own', async () => {
    const url = await serving(ANSWER.map(data).join(''))
    const stream = fromEventStream(url, { dialect: chat, retry: false })
    const error = await failureOf(stream as never)
    const shared = throwError(() => error)
    const one = await failureOf(shared.pipe(accumulate(chat)) as never)
    expect(one).toBe(error)
    const copies = await Promise.all([0, 1].map(() => failureOf(stream.pipe(accumulate(chat)) as never)))
    expect(copies[0]).not.toBe(copies[1])
    expect('partial' in error).toBe(false)
  })

  it('is caught by kind with the partial message', async () => {
    const url = await serving(ANSWER.map(data).join(''))
    const kept = fromEventStream(url, { dialect: chat, retry: false }).pipe(
      accumulate(chat),
      catchStreamError('stream_terminated', ({ partial }) => of(partial as Message)),
    )
    expect((await lastValueFrom(kept)).text).toBe('one two')
  })

  it('errors with what an accumulate() of one’s own throws', async () => {
    const broken = {
      ...chat,
      accumulate: () => {
        throw new RangeError('broken')
      },
    } as unknown as LlmDialect<never>
    await expect(lastValueFrom(of({}).pipe(accumulate(broken as never)))).rejects.toThrow(RangeError)
  })

  it('refuses a dialect that knows no messages, at the call', () => {
    expect(() => accumulate(rawEvents() as never)).toThrow(
      new TypeError('accumulate: the dialect "raw" has no accumulate(message, value).'),
    )
  })
})
