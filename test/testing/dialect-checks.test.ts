import { describe, expect, it } from 'vitest'
import { type Dialect, done, failed, openaiChat, ping } from '../../src/index.ts'
import { checkDialect, type DialectFixture, dialectChecks } from '../../src/testing/index.ts'
import {
  accumulate,
  type Note,
  type Notes,
  notes,
  reading,
  refused,
  values,
  whole,
} from './dialect-checks-dialect.ts'

const FIXTURES = [whole, refused]

function problemsOf(dialect: unknown, fixtures: readonly DialectFixture[] = FIXTURES): string {
  try {
    checkDialect(dialect as Dialect<unknown>, fixtures)
  } catch (error) {
    return (error as Error).message
  }
  return ''
}

/** How the dialect differs, and in which words that is told. */
type Mutant = readonly [what: string, other: Partial<Dialect<Note, Notes>> | (() => unknown), words: RegExp]

const shared: Notes = { calls: 0 }

/** Of an event whose data is longer: it goes on as it began, whatever is put behind it but its own end. */
const isPart = (data: string): boolean => data.startsWith('{"seq":2') && !data.includes('}')

const mutants: readonly Mutant[] = [
  [
    'completes at what looks like its end',
    { read: reading(({ data }) => (data.startsWith('{"seq":2') ? done() : undefined)) },
    /fixture "whole": gives 2 values, not 6; the first of the missing is \{ seq: 2/,
  ],
  [
    'takes a part of an event for its end',
    { read: reading(({ data }) => (isPart(data) ? done() : undefined)) },
    /cut by a \w+( end)? after byte \d+ of \d+, it completes before its end marker: cut there, .*\n {2}at ….*\{\\"seq\\":2" ✂ "/,
  ],
  [
    'calls any end of the response whole',
    { isWhole: () => true },
    /cut by a (close|reset|silence) after byte 0 of \d+, it completes by its isWhole, though nothing had come/,
  ],
  [
    'calls only unclean ends whole',
    { isWhole: ({ calls }, cleanly) => calls > 0 && !cleanly },
    /completes by a close, a reset, a silence, but not by a clean end: only isWhole/,
  ],
  [
    'never completes',
    { read: reading(({ data }) => (data.startsWith('{"seq":5') ? JSON.parse(data) : undefined)) },
    /no fixture completes: nothing shows that an end marker is recognised/,
  ],
  [
    'gives errors as values',
    { read: reading(({ event, data }) => (event === 'failed' ? { seq: 1, kind: data } : undefined)) },
    /fixture "refused": gives 2 values, not 1; the first too many is \{ seq: 1, kind: 'disk full' \}/,
  ],
  [
    'calls an error something else',
    {
      read: reading(({ event }) => (event === 'failed' ? failed({ message: 'x', payload: {} }) : undefined)),
    },
    /fixture "refused": ends with stream_error .*, whose upstream is .*, not \{ message: 'disk full' \}/,
  ],
  [
    'remembers a stream in the dialect',
    () => {
      let told = 0
      return notes({ read: reading(({ data }) => (data === '' ? undefined : { seq: told++, kind: data })) })
    },
    /What a dialect remembers of a stream belongs into its memory/,
  ],
  ['gives every stream the same memory', { memory: () => shared }, /memory\(\) gives the same object twice/],
  [
    'has a memory that cannot be copied',
    { memory: () => ({ calls: 0, on: () => {} }) },
    /the memory cannot be copied by structuredClone/,
  ],
  [
    'has a memory that is another one as a copy',
    {
      memory: () =>
        new (class Remembered {
          calls = 0
        })(),
    },
    /the memory is another once structuredClone has copied it: \{ calls: 0 \}, not Remembered \{ calls: 0 \}/,
  ],
  [
    'remembers all events',
    {
      memory: () => ({ calls: 0, all: [] as string[] }),
      read: reading(({ data }, memory) => void (memory as Notes & { all: string[] }).all.push(data)),
    },
    /the memory grows without a bound: \d+ bytes after 2000 events, \d+ after 64000, all of them the same events/,
  ],
  [
    'remembers all numbers',
    {
      memory: () => ({ calls: 0, all: new Set<string>() }),
      read: reading(({ data }, memory) => void (memory as Notes & { all: Set<string> }).all.add(data)),
    },
    /the memory grows without a bound: .* events with ever other numbers and IDs/,
  ],
  [
    'changes the event',
    {
      read: reading((event) => {
        Object.assign(event, { data: event.data.trim() })
        return undefined
      }),
    },
    /read changes the event that it is given.*throws TypeError: Cannot assign to read only property 'data'/,
  ],
  [
    'gives another value',
    { read: reading(({ data }) => data.includes('"seq":1') || undefined) },
    /gives as value 2 true/,
  ],
  [
    'forgets to return',
    { read: (({ data }: { data: string }) => void JSON.parse(data)) as never },
    /read gives undefined, which would be delivered: an event that is no value is `ignored` or `ping`/,
  ],
  [
    'reads later',
    { read: (({ data }: { data: string }) => Promise.resolve(data)) as never },
    /read gives a promise: a dialect reads at once/,
  ],
  [
    'makes text of an ID that is not there',
    { idOf: (value: unknown) => String((value as { nowhere?: unknown })?.nowhere) },
    /idOf\(value\) is 'undefined', which would be sent back as an ID/,
  ],
  [
    'swallows what cannot be parsed',
    {
      read: reading(({ data }) => {
        try {
          JSON.parse(data)
          return undefined
        } catch {
          return ping
        }
      }),
    },
    /read ignores JSON that breaks off: data '\{.*'\. What is lost there nobody would know/,
  ],
  [
    'completes by any line',
    { readField: () => done() },
    /readField takes any line for an end marker, even "rx-sse-unknown: x"/,
  ],
  [
    'breaks at a line',
    {
      readField: (_: string, value: string) => {
        throw new RangeError(value)
      },
    },
    /readField\("rx-sse-unknown", "x"\) throws RangeError: x/,
  ],
  [
    'copies a verdict',
    { read: reading(({ data }) => (data.includes('end') ? { ...done({}) } : undefined)) },
    /read gives what looks like a verdict and is none/,
  ],
  [
    'breaks at null',
    {
      read: reading(({ event, data }) =>
        event || data === '' ? undefined : JSON.parse(data).kind === 'x' || undefined,
      ),
    },
    /read throws TypeError: Cannot read properties of null.*for JSON of another shape: data 'null'\. Pass it on, or refuse it/,
  ],
  [
    'has a text that breaks',
    { text: (note) => (note.text ?? '').slice() },
    /text\(value\) throws TypeError: Cannot read/,
  ],
  [
    'has a text that is none',
    { text: (note) => note?.text as string },
    /text\(value\) is undefined, not text/,
  ],
  [
    'has an ID that is none',
    { idOf: (note) => note?.seq as never },
    /idOf\(value\) is 0, neither text nor undefined/,
  ],
  [
    'has an isContent that breaks',
    { isContent: (note) => note.kind.length > 3 },
    /isContent\(value\) throws TypeError/,
  ],
  [
    'has a withText without the text',
    { withText: (note) => ({ ...note, text: '' }) },
    /has the text '', not 'Grüße, '/,
  ],
  [
    'has a withText that changes its value',
    { withText: (note, text) => Object.assign(note, { text: `${text}` }) },
    /an accessor changes its value, to|has the text/,
  ],
  ['has an isSame that is never so', { isSame: () => false }, /isSame\(value, value\) is false/],
  [
    'has an isSame that is always so',
    { isSame: () => true },
    /isSame says that a value with another text is the same/,
  ],
  [
    'has an isSame that compares identities',
    { isSame: (delivered, again) => delivered === again },
    /isSame says that the same event, read twice, is not the same/,
  ],
  [
    'changes the message',
    {
      accumulate: (message, note) =>
        message === undefined ? accumulate(message, note) : Object.assign(message, accumulate(message, note)),
    },
    /accumulate\(message, value of data .*\) changes what it is given: throws TypeError: Cannot assign to read only/,
  ],
  [
    'changes the value',
    {
      accumulate: (message, note) => {
        const next = accumulate(message, note)
        if (typeof note === 'object' && note !== null) note.text = ''
        return next
      },
    },
    /accumulate\(message, value of data .*\) changes what it is given/,
  ],
  [
    'loses text of the message',
    { accumulate: (message, note) => ({ ...accumulate(message, note), text: note?.text ?? '' }) },
    /has the text 'Welt'; the values have 'Grüße, Welt'/,
  ],
  [
    'makes no message',
    { accumulate: (message, note) => ({ ...accumulate(message, note), toolCalls: undefined as never }) },
    /has the toolCalls undefined, not an array/,
  ],
  [
    'completes a tool call too early',
    {
      accumulate: (message, note) => {
        const next = accumulate(message, note)
        return { ...next, toolCalls: next.toolCalls.map((call) => ({ ...call, complete: true })) }
      },
    },
    /turns tool call 1, which was complete, from \["look","\{\\"of\\":"\] to/,
  ],
  [
    'takes a name for a prototype',
    {
      accumulate: (message, note) => ({
        ...accumulate(message, note),
        snapshot: Object.assign({}, ...(typeof note === 'object' ? [JSON.parse(JSON.stringify(note))] : [])),
      }),
    },
    /accumulate\(undefined, value\) takes "__proto__" for a prototype/,
  ],
  [
    'pollutes all objects',
    {
      text: (note) => {
        const { constructor: found } = Object.assign({ constructor: undefined }, note) as {
          constructor: unknown
        }
        const given = found as { prototype?: { rxSseMark?: true } } | undefined
        if (given?.prototype?.rxSseMark) Object.assign(Object.prototype, given.prototype)
        return typeof note === 'object' && typeof note?.text === 'string' ? note.text : ''
      },
    },
    /Object\.prototype is polluted/,
  ],
  [
    'asks for what is no request',
    { resume: () => ({ url: 'ftp://elsewhere/' }) },
    /closed after byte \d+ of \d+, it cannot be asked again: resume throws TypeError: the url of a changed request/,
  ],
  [
    'cannot be asked before it remembers something',
    {
      resume: (_, __, memory) => {
        if (memory.calls === 0) throw new Error('no run yet')
        return {}
      },
    },
    /cannot be asked again: resume throws Error: no run yet/,
  ],
  [
    'has IDs that do not tell one event from another',
    { idOf: (note) => (typeof note?.seq === 'number' ? String(note.seq >> 1) : undefined) },
    /and asked to go on after event "\d", ends with .*resume_mismatch|asked to go on after event "\d", gives/,
  ],
  [
    'has a fact that is none, of an end',
    { facts: { api: 'Notes', end: ['data: [DONE]'], errors: [], withoutEnd: '', cursor: '', sources: [] } },
    /facts\.end has "data: \[DONE\]", which ends with stream_terminated \(malformed_event/,
  ],
  [
    'has a fact that is none, of an error',
    {
      facts: {
        api: 'Notes',
        end: [],
        errors: ['event: error\ndata: {}'],
        withoutEnd: '',
        cursor: '',
        sources: [],
      },
    },
    /facts\.errors has "event: error\\ndata: \{\}", which ends with stream_terminated .*, not with a stream_error/,
  ],
]

describe('a dialect that holds everything', () => {
  it('passes, as an object and made anew for each stream', () => {
    expect(checkDialect(notes(), FIXTURES)).toBe(4 + 10 * FIXTURES.length)
    expect(checkDialect(() => notes(), FIXTURES)).toBe(4 + 10 * FIXTURES.length)
  })

  it('has checks with names of their own, for any runner', () => {
    const names = dialectChecks(notes(), FIXTURES).map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    expect(names).toContain('notes, fixture "whole": is the same in two pieces, wherever it is cut')
    for (const { run } of dialectChecks(notes(), FIXTURES)) expect(run()).toBeUndefined()
  })

  it('passes without anything that is optional', () => {
    const lean = ({ name, read, memory }: Dialect<Note, Notes>) => ({ name, read, memory })
    expect(problemsOf(lean(notes()))).toBe('')
  })
})

describe('a dialect', () => {
  it.each(mutants)('that %s is found out', (_, other, words) => {
    const dialect = typeof other === 'function' ? other : () => notes(other)
    // One object for all streams, where it is about what is kept in it.
    expect(problemsOf(typeof other === 'function' ? other() : dialect)).toMatch(words)
  })

  it('is named in each problem, with its fixture, its byte and the bytes around that', () => {
    const dialect = notes({ read: reading(({ data }) => (isPart(data) ? done() : undefined)) })
    expect(problemsOf(dialect)).toMatch(
      /^1 of 24 checks failed:\n- notes, fixture "whole": cut by a \w+( end)? after byte (\d+) of \d+, it completes .*\n {2}at …".*" ✂ ".*"…\n/,
    )
  })

  it.each([
    [
      'takes a part of an event for an error',
      reading(({ data }) => (data === '{"seq":2' ? failed({ payload: {} }) : undefined)),
    ],
    [
      'takes a part of an event for its end',
      reading(({ data }) => (data === '{"seq":2' ? done() : undefined)),
    ],
    [
      'tells an error of text',
      reading(({ event, data }) =>
        event === 'failed' ? failed({ message: data, payload: { message: data } }) : undefined,
      ),
    ],
  ])('that %s is kept from it: what may have been cut is not taken at its word', (_, read) => {
    expect(problemsOf(notes({ read }))).toBe('')
  })

  it('that ignores errors of any kind needs a fixture that fails, or the word that there are none', () => {
    const blind: Dialect<Note> = {
      name: 'blind',
      read: ({ data }) => {
        const note = data === '' || data.startsWith('{') ? JSON.parse(data || 'null') : data
        return note?.kind === 'end' ? done(note) : note
      },
    }
    expect(problemsOf(blind, [whole])).toMatch(/no fixture ends with an error of the server, and neither/)
    const facts = { api: 'b', end: [], errors: [], withoutEnd: '', cursor: '', sources: [] }
    expect(problemsOf({ ...blind, facts }, [whole])).toBe('')
  })
})

describe('a fixture', () => {
  it('is needed', () => {
    expect(problemsOf(notes(), [])).toMatch(/there is no fixture/)
  })

  it('may leave its values out, and be bytes', () => {
    const bytes = new TextEncoder().encode(whole.body as string)
    expect(problemsOf(notes(), [{ name: 'bytes', body: bytes, outcome: 'complete' }])).toMatch(
      /no fixture ends with/,
    )
    expect(problemsOf(notes(), [{ name: 'bytes', body: bytes, outcome: 'complete' }, refused])).toBe('')
  })

  it('is told from what came of it, whatever is wrong', () => {
    expect(problemsOf(notes(), [{ ...whole, outcome: { kind: 'stream_error' } }, refused])).toMatch(
      /completes, and is expected to end with \{ kind: 'stream_error' \}/,
    )
    expect(problemsOf(notes(), [whole, { ...refused, outcome: 'complete' }])).toMatch(
      /ends with stream_error \(stream_error, "disk full"\), not with complete/,
    )
    expect(problemsOf(notes(), [{ ...whole, values: values.slice(1) }, refused])).toMatch(
      /gives as value 1 \{ seq: 0.*, not \{ seq: 1/,
    )
    const absent = { kind: 'stream_error', retryAfterMs: null, leftover: null } as const
    expect(problemsOf(notes(), [whole, { ...refused, outcome: absent }])).toBe('')
  })

  it('may be read with other options than the rest', () => {
    const chunk = 'data: {"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\n'
    const chat: DialectFixture = { name: 'done', body: `${chunk}data: [DONE]\n\n`, outcome: 'complete' }
    const cut: DialectFixture = { name: 'cut', body: chunk, outcome: { reason: 'clean_end' } }
    const lax: DialectFixture = { ...cut, name: 'lax', outcome: 'complete' }
    const dialect = () => openaiChat({ endMarker: 'finish_reason' })
    expect(problemsOf(() => openaiChat(), [chat, cut, { ...lax, dialect }])).toBe('')
    expect(problemsOf(() => openaiChat(), [chat, cut, lax])).toMatch(
      /fixture "lax": ends with stream_terminated/,
    )
  })

  it('may have a head, and be a JSON answer', () => {
    const dialect = notes({
      acceptsJson: true,
      readHead: ({ header }, memory) => void Object.assign(memory, { calls: Number(header('x-calls') ?? 0) }),
    })
    const json: DialectFixture = {
      name: 'json',
      body: '{"seq":0,"kind":"end"}\n',
      values: [{ seq: 0, kind: 'end' }],
      outcome: 'complete',
      headers: { 'Content-Type': 'application/json', 'X-Calls': '3' },
    }
    expect(problemsOf(dialect, [json, refused])).toBe('')
  })

  it('that is no fixture is refused at the call, as what is no dialect is', () => {
    const call = (dialect: unknown, fixtures: unknown) => () =>
      dialectChecks(dialect as Dialect<unknown>, fixtures as DialectFixture[])
    expect(call(notes(), whole)).toThrow(/fixtures must be an array, not an object/)
    expect(call(notes(), [{ ...whole, body: 7 }])).toThrow(/fixtures\[0\]\.body must be text or bytes, not 7/)
    expect(call(notes(), [{ ...whole, outcome: 'done' }])).toThrow(
      /fixtures\[0\]\.outcome must be "complete" or/,
    )
    expect(call(notes(), [{ ...whole, name: undefined }])).toThrow(/fixtures\[0\]\.name must be text/)
    expect(call(notes(), [{ ...whole, value: [] }])).toThrow(
      /fixtures\[0\]: unknown key "value"; there are name,/,
    )
    expect(call(notes(), [null])).toThrow(/fixtures\[0\] must be an object, not null/)
    expect(call({ name: 'x' }, [whole])).toThrow(TypeError)
    expect(call({ ...notes(), isWhole: true }, [whole])).toThrow(
      /dialect\.isWhole must be a method, not true/,
    )
    expect(call(notes(), [{ ...whole, dialect: {} }])).toThrow(TypeError)
  })
})

it('refuses a dialect whose read is async, at the call', () => {
  const read = (async ({ data }: { data: string }) => JSON.parse(data)) as never
  expect(() => dialectChecks({ name: 'later', read }, [])).toThrow(
    new TypeError('dialect.read must read at once, and not be async'),
  )
})
