import { concat, lastValueFrom, of, range, take, throwError, toArray } from 'rxjs'
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
    expect(() => text({ name: 'x', text: 'y' } as never)).toThrow('text: the dialect "x" has no text(value).')
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

describe('both', () => {
  it('leave a source that answers at once as soon as nobody listens', () => {
    let read = 0
    const counting = {
      name: 'counting',
      text: () => {
        read++
        return 'x'
      },
      accumulate: () => {
        read++
        return {} as Message
      },
    }
    range(0, 1_000).pipe(text(counting), take(2)).subscribe()
    expect(read).toBe(2)
    range(0, 1_000).pipe(accumulate(counting), take(2)).subscribe()
    expect(read).toBe(4)
  })

  it('begin anew with each subscription', async () => {
    const stream = of(...ANSWER).pipe(accumulate(chat))
    expect((await lastValueFrom(stream)).text).toBe('one two')
    expect((await lastValueFrom(stream)).text).toBe('one two')
  })
})

describe('the error with the partial message', () => {
  async function failed(change: (error: SseError) => void): Promise<SseError[]> {
    const url = await serving(ANSWER.map(data).join(''))
    const error = await failureOf(fromEventStream(url, { dialect: chat, retry: false }) as never)
    change(error)
    const source = concat(
      of(ANSWER[1]),
      throwError(() => error),
    )
    return [error, await failureOf(source.pipe(accumulate(chat)) as never)]
  }

  it('keeps what others have noted on it', async () => {
    const [error, copy] = await failed((one) => Object.assign(one, { conversation: 'c7' }))
    expect(copy).toMatchObject({ conversation: 'c7', partial: { text: 'one ' } })
    expect(copy?.toJSON()).toEqual(error?.toJSON())
    expect(copy?.stack).toBe(error?.stack)
  })

  it('is made of one that is frozen as well', async () => {
    const [error, copy] = await failed((one) => Object.freeze(one))
    expect(copy).not.toBe(error)
    expect(copy?.partial).toMatchObject({ text: 'one ' })
    expect(copy).toMatchObject({ kind: 'stream_terminated', reason: 'clean_end' })
  })

  it('is put together again by a second accumulate()', async () => {
    const [, copy] = await failed(() => {})
    const again = await failureOf(
      concat(
        of(ANSWER[2]),
        throwError(() => copy),
      ).pipe(accumulate(chat)) as never,
    )
    expect(again.partial).toMatchObject({ text: 'two' })
  })
})
