import { describe, expect, it, onTestFinished } from 'vitest'
import { assertScenario, type Scenario, startFaultServer } from '../../src/testing/index.ts'
import { rawRequest } from './raw-client.ts'

const fault = (fault: unknown): unknown => ({ answers: [{ fault }] })
const answer = (answer: unknown): unknown => ({ answers: [answer] })
const after = { events: 1 }

const FAULTS =
  'fin, rst, clean-end, short-content-length, bad-chunk-size, stall, no-close-notify, stream-reset, goaway, comments, in-band-error, append, repeat, skip'

describe('a scenario is refused with the place in it', () => {
  it.each<[unknown, string]>([
    [7, 'scenario: 7 is not an object'],
    [null, 'scenario: null is not an object'],
    [[], 'scenario: an array is not an object'],
    [{ answer: [] }, 'scenario.answer: there is no such key; there are events, fixture, ids, answers, cycle'],
    [
      { 'to string': 1 },
      'scenario["to string"]: there is no such key; there are events, fixture, ids, answers, cycle',
    ],
    [
      JSON.parse('{"__proto__":1}'),
      'scenario.__proto__: there is no such key; there are events, fixture, ids, answers, cycle',
    ],
    [{ ids: 1 }, 'scenario.ids: 1 is neither true nor false'],
    [{ events: 'x' }, 'scenario.events: "x" is not an array'],
    [{ events: ['a', 3] }, 'scenario.events[1]: 3 is neither a text nor an object with data'],
    // biome-ignore lint/suspicious/noSparseArray: a hole is the case.
    [{ events: ['a', , 'b'] }, 'scenario.events[1]: undefined is neither a text nor an object with data'],
    [{ events: [{ event: 'x' }] }, 'scenario.events[0].data: is missing'],
    [{ events: [{ data: 'x', id: 3 }] }, 'scenario.events[0].id: 3 is not a text'],
    [{ events: [{ data: 'x', id: 'a\nb' }] }, 'scenario.events[0].id: "a\\nb" has a line break'],
    [{ events: [], fixture: '' }, 'scenario: events and fixture exclude each other'],
    [{ ids: true, fixture: '' }, 'scenario: ids and fixture exclude each other: a fixture is sent as it is'],
    [{ answers: [] }, 'scenario.answers: an empty array says nothing: leave it out'],
    [{ answers: {} }, 'scenario.answers: an object is not an array'],
    [
      { answers: [{}, { status: '200' }] },
      'scenario.answers[1].status: "200" is not a whole number from 200 to 599',
    ],
    [answer({ status: 100 }), 'scenario.answers[0].status: 100 is not a whole number from 200 to 599'],
    [
      answer({ paceMs: -1 }),
      'scenario.answers[0].paceMs: -1 is not a number of milliseconds from 0 to 2147483647',
    ],
    [
      answer({ delayMs: Number.NaN }),
      'scenario.answers[0].delayMs: NaN is not a number of milliseconds from 0 to 2147483647',
    ],
    [answer({ writeSize: 0 }), 'scenario.answers[0].writeSize: 0 is not a whole number from 1 up'],
    [answer({ writeSize: 1.5 }), 'scenario.answers[0].writeSize: 1.5 is not a whole number from 1 up'],
    [
      answer({ framing: 'raw' }),
      'scenario.answers[0].framing: "raw" is no framing; there are chunked, content-length, unframed',
    ],
    [
      answer({ coding: 'toString' }),
      'scenario.answers[0].coding: "toString" is no coding; there are gzip, br, zstd',
    ],
    [answer({ headers: { a: 1 } }), 'scenario.answers[0].headers.a: 1 is neither a text nor null'],
    [
      answer({ headers: { 'x-y': 'a\nb' } }),
      'scenario.answers[0].headers["x-y"]: "a\\nb" has a character that no header can carry: a line break, or one beyond U+00FF',
    ],
    [
      answer({ headers: { 'x y': 'a' } }),
      'scenario.answers[0].headers["x y"]: is no name of a header: letters, digits and !#$%&\'*+-.^_`|~',
    ],
    [
      answer({ headers: { 'Content-Length': '3' } }),
      'scenario.answers[0].headers["Content-Length"]: is made by framing and fault',
    ],
    [
      answer({ headers: { trailer: 'x' }, body: 'x' }),
      'scenario.answers[0].headers.trailer: announces trailers, and none are sent',
    ],
    [answer({ body: 'x', events: [] }), 'scenario.answers[0]: body and events exclude each other'],
    [answer({ body: '', fixture: '' }), 'scenario.answers[0]: body and fixture exclude each other'],
    [
      answer({ body: 'x', fault: { type: 'fin', after } }),
      'scenario.answers[0]: body and fault exclude each other',
    ],
    [answer({ events: [], fixture: '' }), 'scenario.answers[0]: events and fixture exclude each other'],
    [answer({ status: 204, body: '' }), 'scenario.answers[0].body: a 204 has no body'],
    [answer({ status: 304, fault: { type: 'fin', after } }), 'scenario.answers[0].fault: a 304 has no body'],
    [fault('fin'), 'scenario.answers[0].fault: "fin" is not an object'],
    [
      { answers: [{}, { fault: { type: 'fni', after } }] },
      `scenario.answers[1].fault.type: "fni" is no fault; there are ${FAULTS}`,
    ],
    [fault({ after }), `scenario.answers[0].fault.type: undefined is no fault; there are ${FAULTS}`],
    [
      fault({ type: 'constructor', after }),
      `scenario.answers[0].fault.type: "constructor" is no fault; there are ${FAULTS}`,
    ],
    [fault({ type: 'fin' }), 'scenario.answers[0].fault.after: is missing'],
    [fault({ type: 'fin', after: 3 }), 'scenario.answers[0].fault.after: 3 is not an object'],
    [
      fault({ type: 'fin', after: {} }),
      'scenario.answers[0].fault.after: neither events nor bytes are given',
    ],
    [
      fault({ type: 'fin', after: 'head' }),
      'scenario.answers[0].fault.after: "head" is neither a place in the body, such as { "events": 5 }, nor "request"',
    ],
    [
      fault({ type: 'clean-end', after: 'request' }),
      'scenario.answers[0].fault.after: "request" is a place for fin, rst, no-close-notify, stall, stream-reset, goaway; here it is one in the body, such as { "events": 5 }',
    ],
    [
      fault({ type: 'fin', after: { events: -1 } }),
      'scenario.answers[0].fault.after.events: -1 is not a whole number from 0 up',
    ],
    [
      fault({ type: 'fin', after: { bytes: 1.5 } }),
      'scenario.answers[0].fault.after.bytes: 1.5 is not a whole number from 0 up',
    ],
    [
      fault({ type: 'fin', after, everyMs: 5 }),
      'scenario.answers[0].fault.everyMs: there is no such key; there are type, after',
    ],
    [
      fault({ type: 'comments', after, everyMs: 0 }),
      'scenario.answers[0].fault.everyMs: 0 is not a number of milliseconds from 1 to 2147483647',
    ],
    [fault({ type: 'append', after }), 'scenario.answers[0].fault.text: is missing'],
    [
      fault({ type: 'in-band-error', after, error: { code: true } }),
      'scenario.answers[0].fault.error.code: true is neither a text nor null',
    ],
    [
      fault({ type: 'in-band-error', after, framing: 'x' }),
      'scenario.answers[0].fault.framing: "x" is no framing of an error; there are data, event',
    ],
    [
      answer({ framing: 'chunked', fault: { type: 'short-content-length', after } }),
      'scenario.answers[0].framing: "chunked" excludes the fault short-content-length',
    ],
    [
      answer({ framing: 'unframed', fault: { type: 'bad-chunk-size', after } }),
      'scenario.answers[0].framing: "unframed" excludes the fault bad-chunk-size',
    ],
    [
      answer({ framing: 'content-length', fault: { type: 'comments', after } }),
      'scenario.answers[0].framing: "content-length" excludes the fault comments',
    ],
  ])('%j', (scenario, message) => {
    expect(() => assertScenario(scenario)).toThrow(new TypeError(message))
  })

  it('shortens long values', () => {
    expect(() => assertScenario({ ids: 'x'.repeat(500) })).toThrow(/^scenario\.ids: "x{59}… is neither/)
  })
})

describe('a scenario that is right', () => {
  it.each<[unknown]>([
    [{}],
    [{ events: undefined, answers: [{ status: undefined, fault: undefined }] }],
    [answer({ status: 204, fault: { type: 'rst', after: 'request' } })],
    [fault({ type: 'fin', after: { events: 0, bytes: 0 } })],
    [answer({ framing: 'unframed', fault: { type: 'comments', after } })],
    [answer({ headers: { 'content-encoding': 'lzma', 'content-type': null } })],
  ])('%j', (scenario) => {
    expect(() => assertScenario(scenario)).not.toThrow()
  })
})

describe('the server', () => {
  const wrong = { answers: [{ fault: { type: 'fni', after } }] } as unknown as Scenario

  it('does not start with a wrong scenario', async () => {
    await expect(startFaultServer(wrong)).rejects.toThrow(TypeError)
  })

  it('keeps its scenario when the next one is wrong', async () => {
    const server = await startFaultServer({ answers: [{ status: 500 }, { status: 503 }] })
    onTestFinished(() => server.close())
    expect((await rawRequest(server.url)).status).toBe(500)
    expect(() => server.use(wrong)).toThrow('scenario.answers[0].fault.type: "fni" is no fault')
    expect((await rawRequest(server.url)).status).toBe(503)
  })
})
