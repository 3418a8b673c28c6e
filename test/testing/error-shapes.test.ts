import { describe, expect, it } from 'vitest'
import { type ErrorShape, type Fault, type Scenario, scenarioCatalog } from '../../src/testing/index.ts'
import { dechunk, rawRequest } from './raw-client.ts'
import { one, start } from './wire.ts'

const lines = async (scenario: Scenario): Promise<string> =>
  dechunk((await rawRequest((await start(scenario)).url)).body).bytes.toString()

const failing = (fault: Omit<Extract<Fault, { type: 'in-band-error' }>, 'type' | 'after'>): Scenario =>
  one({ fault: { type: 'in-band-error', after: { events: 0 }, ...fault } })

const DEFAULT = '"type":"model_error","code":"model_overloaded","message":"the model is overloaded"'

/** Each shape with a type, a code and a message; and with the default error. */
const table = {
  envelope: ['data: {"error":{"type":"T","code":"C","message":"M"}}', `data: {"error":{${DEFAULT}}}`],
  text: ['data: {"error":"M"}', 'data: {"error":"the model is overloaded"}'],
  'typed-text': [
    'data: {"error":"M","error_type":"T"}',
    'data: {"error":"the model is overloaded","error_type":"model_error"}',
  ],
  object: [
    'data: {"object":"error","type":"T","code":"C","message":"M"}',
    `data: {"object":"error",${DEFAULT}}`,
  ],
  flat: [
    'event: error\ndata: {"type":"error","code":"C","message":"M","param":null,"sequence_number":6}',
    'event: error\ndata: {"type":"error","code":"model_overloaded","message":"the model is overloaded","param":null,"sequence_number":6}',
  ],
  typed: [
    'event: error\ndata: {"type":"error","error":{"type":"T","message":"M"},"request_id":"req_test"}',
    'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"},"request_id":"req_test"}',
  ],
  'error-text': [
    'data: {"type":"error","errorText":"M"}',
    'data: {"type":"error","errorText":"the model is overloaded"}',
  ],
  'response-failed': [
    'event: response.failed\ndata: {"type":"response.failed","response":{"status":"failed","error":{"code":"C","message":"M"}}}',
    'event: response.failed\ndata: {"type":"response.failed","response":{"status":"failed","error":{"code":"model_overloaded","message":"the model is overloaded"}}}',
  ],
  'run-error': [
    'data: {"type":"RUN_ERROR","message":"M","code":"C"}',
    'data: {"type":"RUN_ERROR","message":"the model is overloaded","code":"model_overloaded"}',
  ],
  'event-type': [
    'data: {"event_type":"error","error":{"code":"C","message":"M"}}',
    'data: {"event_type":"error","error":{"code":"model_overloaded","message":"the model is overloaded"}}',
  ],
  'x-groq': [
    'data: {"id":"chatcmpl-test","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":""},"finish_reason":null}],"x_groq":{"id":"req_test","error":"M"}}',
    'data: {"id":"chatcmpl-test","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":""},"finish_reason":null}],"x_groq":{"id":"req_test","error":"the model is overloaded"}}',
  ],
  'finish-reason': [
    'data: {"id":"chatcmpl-test","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"error":{"type":"T","code":"C","message":"M"}}',
    `data: {"id":"chatcmpl-test","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":""},"finish_reason":"error"}],"error":{${DEFAULT}}}`,
  ],
  plain: ['event: error\ndata: M', 'event: error\ndata: the model is overloaded'],
  field: ['error: {"type":"T","code":"C","message":"M"}', `error: {${DEFAULT}}`],
} as const satisfies Record<ErrorShape, readonly [string, string]>

const shapes = Object.keys(table) as ErrorShape[]

describe('an error in the shape', () => {
  it.each(shapes)('%s is these lines, with an error of its own and with the default', async (shape) => {
    const error = { type: 'T', code: 'C', message: 'M' }
    expect(await lines(failing({ shape, error }))).toBe(`${table[shape][0]}\n\n`)
    expect(await lines(failing({ shape }))).toBe(`${table[shape][1]}\n\n`)
  })

  it.each(shapes.filter((shape) => shape !== 'field'))(
    '%s can be framed either way, and be followed by [DONE]',
    async (shape) => {
      const data = table[shape][1].slice(table[shape][1].indexOf('data: '))
      expect(await lines(failing({ shape, framing: 'data' }))).toBe(`${data}\n\n`)
      expect(await lines(failing({ shape, framing: 'event', done: true }))).toBe(
        `event: error\n${data}\n\ndata: [DONE]\n\n`,
      )
    },
  )

  it('field is a line of its own in any framing', async () => {
    expect(await lines(failing({ shape: 'field', framing: 'event' }))).toBe(`${table.field[1]}\n\n`)
  })

  it('plain can be of several lines, and every other is one line whatever the message', async () => {
    const error = { message: 'a\nb\r\nc' }
    expect(await lines(failing({ shape: 'plain', error }))).toBe(
      'event: error\ndata: a\ndata: b\ndata: c\n\n',
    )
    expect(await lines(failing({ shape: 'field', error }))).toBe('error: {"message":"a\\nb\\r\\nc"}\n\n')
    expect(await lines(failing({ shape: 'text', error }))).toBe('data: {"error":"a\\nb\\r\\nc"}\n\n')
  })

  it('leaves out what was not given, unless the code is of the table', async () => {
    expect(await lines(failing({ shape: 'run-error', error: { message: 'M' } }))).toBe(
      'data: {"type":"RUN_ERROR","message":"M"}\n\n',
    )
    expect(await lines(failing({ shape: 'typed', error: { code: 'model_timeout' } }))).toBe(
      'event: error\ndata: {"type":"error","error":{"type":"model_error","message":"the request to the model timed out"},"request_id":"req_test"}\n\n',
    )
    expect(await lines(failing({ shape: 'plain', error: {} }))).toBe('event: error\ndata: \n\n')
  })

  it('is one of the ready-made scenarios', () => {
    const names = scenarioCatalog.map(({ name }) => name as string)
    const missing = shapes.filter((shape) => shape !== 'envelope' && !names.includes(`in-band-${shape}`))
    expect(missing).toEqual([])
  })
})
