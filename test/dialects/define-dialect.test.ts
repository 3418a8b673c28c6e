import { lastValueFrom, type Observable, toArray } from 'rxjs'
import { describe, expect, expectTypeOf, it } from 'vitest'
import { type Dialect, defineDialect, fromEventStream, isSseError, type ValueOf } from '../../src/index.ts'
import { scriptedTransport } from '../fixtures/in-memory.ts'

interface Job {
  readonly state: string
  readonly percent?: number
  readonly reason?: string
}

const jobs = defineDialect({
  name: 'jobs',
  parse: (data): Job => JSON.parse(data),
  isLast: (job) => job.state === 'finished',
  errorOf: (job) => job.state === 'failed' && job.reason,
})

const read = <T>(dialect: Dialect<T>, body: string): Observable<T> =>
  fromEventStream('http://wire.test/', {
    dialect,
    retry: false,
    transport: scriptedTransport(() => ({ chunks: [Buffer.from(body)], death: 'clean' })),
  })

async function outcome<T>(dialect: Dialect<T>, body: string) {
  const values: T[] = []
  return new Promise<{ values: T[]; error: Record<string, unknown> | undefined }>((resolve, reject) => {
    read(dialect, body).subscribe({
      next: (value) => values.push(value),
      complete: () => resolve({ values, error: undefined }),
      error: (error: unknown) =>
        isSseError(error) ? resolve({ values, error: error.toJSON() }) : reject(error),
    })
  })
}

describe('defineDialect', () => {
  it('infers the values from what parse returns', () => {
    expectTypeOf<ValueOf<typeof jobs>>().toEqualTypeOf<Job>()
    expectTypeOf(fromEventStream('http://wire.test/', { dialect: jobs })).toEqualTypeOf<Observable<Job>>()
    const plain = defineDialect({ name: 'plain', isEnd: ({ data }) => data === 'bye' })
    expectTypeOf<ValueOf<typeof plain>>().toEqualTypeOf<unknown>()
  })

  it('delivers the last value and completes', async () => {
    const stream = read(jobs, 'data: {"state":"running","percent":5}\n\ndata: {"state":"finished"}\n\n')
    expect(await lastValueFrom(stream.pipe(toArray()))).toEqual([
      { state: 'running', percent: 5 },
      { state: 'finished' },
    ])
  })

  it('does not take the end of the response for one', async () => {
    const { values, error } = await outcome(jobs, 'data: {"state":"running"}\n\n')
    expect(values).toHaveLength(1)
    expect(error).toMatchObject({ kind: 'stream_terminated', reason: 'clean_end' })
  })

  it('makes an error of a text', async () => {
    const { error } = await outcome(jobs, 'data: {"state":"failed","reason":"disk full"}\n\n')
    expect(error).toMatchObject({
      kind: 'stream_error',
      code: 'stream_error',
      message: 'disk full',
      upstream: { payload: { state: 'failed', reason: 'disk full' } },
    })
  })

  it('makes an error of fields, with their verdict on trying again', async () => {
    const dialect = defineDialect({
      name: 'fields',
      parse: (data): { code?: string } => JSON.parse(data),
      isEnd: ({ event }) => event === 'end',
      errorOf: ({ code }) =>
        code === undefined ? undefined : { code, message: 'no', retryable: false, retryAfterMs: 7 },
    })
    const { error } = await outcome(dialect, 'data: {"code":"rate_limit_exceeded"}\n\n')
    expect(error).toMatchObject({
      code: 'rate_limit_exceeded',
      retryable: false,
      retryAfterMs: 7,
      upstream: { payload: { code: 'rate_limit_exceeded' } },
    })
  })

  it('knows the usual shapes of errors where no predicate is given', async () => {
    const dialect = defineDialect({ name: 'plain', isEnd: ({ data }) => data === 'bye' })
    const shapes = [
      'event: error\ndata: out of paper\n\n',
      'data: {"error":{"message":"out of paper"}}\n\n',
      'error: {"message":"out of paper"}\n\n',
    ]
    for (const body of shapes) {
      expect((await outcome(dialect, body)).error).toMatchObject({
        kind: 'stream_error',
        message: 'out of paper',
      })
    }
  })

  it('lets an error go before an end, and an end that is no value before parsing', async () => {
    const dialect = defineDialect({
      name: 'both',
      isEnd: ({ event }) => event === 'over',
      isError: ({ data }) => data === 'broken',
    })
    expect((await outcome(dialect, 'event: over\ndata: broken\n\n')).error).toMatchObject({
      message: 'broken',
    })
    expect(await outcome(dialect, 'data: 1\n\nevent: over\ndata: not JSON\n\n')).toEqual({
      values: [1],
      error: undefined,
    })
  })

  it('drops pings: events without data, or what isPing says', async () => {
    const dialect = defineDialect({
      name: 'pings',
      isEnd: ({ data }) => data === 'bye',
      isPing: ({ event }) => event === 'ping',
    })
    expect((await outcome(dialect, 'event: ping\ndata: x\n\ndata: 2\n\ndata: bye\n\n')).values).toEqual([2])
    expect((await outcome(jobs, 'data:\n\ndata: {"state":"finished"}\n\n')).values).toHaveLength(1)
  })

  it('tells data that cannot be parsed as malformed_event, with what came before it', async () => {
    const { values, error } = await outcome(jobs, 'data: {"state":"running"}\n\ndata: oops\n\n')
    expect(values).toHaveLength(1)
    expect(error).toMatchObject({ code: 'malformed_event' })
    expect(error?.message).toContain('event 2')
    expect(error?.message).toContain('oops')
  })

  it('takes over every other member of a dialect', () => {
    const dialect = defineDialect({
      name: 'rich',
      isEnd: ({ data }) => data === 'bye',
      parse: (data): { n: number; text: string } => JSON.parse(data),
      idOf: ({ n }) => String(n),
      text: ({ text }) => text,
      polls: true,
    })
    expect(dialect.idOf?.({ n: 4, text: '' }, undefined)).toBe('4')
    expect(dialect.text?.({ n: 4, text: 'four' })).toBe('four')
    expect(dialect.polls).toBe(true)
  })

  it.each([
    [{ name: 'endless by mistake' }, /"endless by mistake" could never complete; say what ends it/],
    [{ isEnd: () => true }, /name must be text, not undefined/],
    [{ name: 'x', isEnd: true }, /isEnd must be a function, not true/],
    [{ name: 'x', isDone: () => true }, /unknown option "isDone"; there are .*isEnd/],
    [{ name: 'x', read: () => 1 }, /unknown option "read"/],
    [undefined, /options must be an object, not undefined/],
  ])('refuses %j', (definition, message) => {
    expect(() => defineDialect(definition as never)).toThrow(message)
  })

  it('lets a feed be endless', () => {
    expect(defineDialect({ name: 'feed', endless: true }).endless).toBe(true)
  })

  it('takes over the methods of a class, which are no keys of its own', async () => {
    class Jobs {
      readonly name = 'class'
      parse(data: string): Job {
        return JSON.parse(data)
      }
      isEnd({ data }: { data: string }): boolean {
        return data === this.name
      }
      idOf({ percent }: Job): string | undefined {
        return percent === undefined ? undefined : this.name + percent
      }
    }
    const dialect = defineDialect(new Jobs())
    expect(dialect.idOf?.({ state: 'x', percent: 3 }, undefined)).toBe('class3')
    expect(await outcome(dialect, 'data: {"state":"x"}\n\ndata: class\n\n')).toEqual({
      values: [{ state: 'x' }],
      error: undefined,
    })
  })

  it('lets a predicate, or a member, use this', async () => {
    const dialect = defineDialect({
      name: 'over',
      parse: (data): Job => JSON.parse(data),
      isEnd({ data }) {
        return data === this.name
      },
      text({ state }) {
        return this.isLast === undefined ? state : ''
      },
    })
    expect(dialect.text?.({ state: 'on' })).toBe('on')
    expect((await outcome(dialect, 'data: over\n\n')).error).toBeUndefined()
  })

  it('has the default for what is there but undefined', async () => {
    const dialect = defineDialect({
      name: 'x',
      isEnd: ({ data }) => data === 'bye',
      readField: undefined as never,
    })
    expect((await outcome(dialect, 'error: {"message":"broken"}\n\n')).error).toMatchObject({
      kind: 'stream_error',
      message: 'broken',
    })
  })

  it('makes an error of an Error', async () => {
    const dialect = defineDialect({
      name: 'thrown',
      isLast: () => true,
      errorOf: () => Object.assign(new RangeError('too far'), { code: 'out_of_range' }),
    })
    expect((await outcome(dialect, 'data: {}\n\n')).error).toMatchObject({
      kind: 'stream_error',
      code: 'invalid_argument',
      message: 'too far',
    })
  })

  it('passes null on, whatever the predicates look into', async () => {
    expect((await outcome(jobs, 'data: null\n\ndata: {"state":"finished"}\n\n')).values).toEqual([
      null,
      { state: 'finished' },
    ])
  })

  it('does not take for a wait or a verdict what is none', async () => {
    for (const retryAfterMs of [Number.NaN, -5, '7' as never]) {
      const dialect = defineDialect({
        name: 'odd',
        isLast: () => true,
        errorOf: () => ({ code: 'invalid_request', retryAfterMs, retryable: 'yes' as never }),
      })
      const { error } = await outcome(dialect, 'data: {}\n\n')
      expect(error).toMatchObject({ code: 'invalid_request', retryable: false })
      expect(error?.retryAfterMs).toBeUndefined()
    }
  })

  it('has an end without data for an end, and not for a ping', async () => {
    const dialect = defineDialect({ name: 'bare', isEnd: ({ event }) => event === 'end' })
    expect(await outcome(dialect, 'data: 1\n\nevent: end\ndata:\n\n')).toEqual({
      values: [1],
      error: undefined,
    })
  })

  it('has the payload that the error names', async () => {
    const dialect = defineDialect({
      name: 'inner',
      parse: (data): { fault?: string } => JSON.parse(data),
      isEnd: ({ data }) => data === 'bye',
      errorOf: ({ fault }) => fault !== undefined && { message: fault, payload: { fault: 'the inner one' } },
    })
    expect((await outcome(dialect, 'data: {"fault":"x"}\n\n')).error).toMatchObject({
      message: 'x',
      upstream: { payload: { fault: 'the inner one' } },
    })
  })
})
