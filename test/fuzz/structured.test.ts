import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { runInput, TARGET_NAMES, TARGETS } from './targets.ts'
import { WIRE_NAMES } from './wires.ts'

/** Words that mean something on some wire, beside any other. */
const WORDS = [
  'error',
  'message',
  'response.completed',
  'response.created',
  'content_block_delta',
  'text_delta',
  'message_stop',
  'message-end',
  'interaction.completed',
  'finish',
  'text-delta',
  'RUN_FINISHED',
  'TEXT_MESSAGE_CONTENT',
  '__proto__',
  'stop',
  'tool_calls',
]
const KEYS = [
  'type',
  'event_type',
  'error',
  'code',
  'message',
  'choices',
  'delta',
  'content',
  'index',
  'id',
  'finish_reason',
  'tool_calls',
  'function',
  'arguments',
  'name',
  'text',
  'response',
  'output',
  'item',
  'candidates',
  'parts',
  'interaction',
  'status',
  'jsonrpc',
  'result',
  'sequence_number',
  'event_id',
  '__proto__',
  'constructor',
  'toolCallId',
  'messageId',
]
const word = fc.oneof(fc.constantFrom(...WORDS), fc.string({ maxLength: 6 }))
const json = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    word,
    fc.constantFrom(null, true, false, 0, 1, -1, 1e21, ''),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.array(fc.tuple(fc.constantFrom(...KEYS), tie('value')), { maxLength: 5 }).map(objectOf),
  ),
})).value

/** As JSON.parse makes it: `__proto__` is a key. */
function objectOf(entries: readonly (readonly [string, unknown])[]): unknown {
  const inside = entries.map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value) ?? 'null'}`)
  return JSON.parse(`{${inside.join()}}`)
}

const data = fc.oneof(
  { weight: 6, arbitrary: json.map((value) => JSON.stringify(value)) },
  { weight: 1, arbitrary: fc.constantFrom('[DONE]', '', '[DONE', '{', 'null') },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
)
const line = fc.oneof(
  { weight: 8, arbitrary: data.map((text) => `data: ${text.replace(/[\r\n]/g, '')}`) },
  { weight: 2, arbitrary: word.map((type) => `event: ${type.replace(/[\r\n]/g, '')}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom('id: 1', 'id: 2', 'id', 'id: a\0', 'retry: 10', 'retry: x', ':', 'event'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom('error: {"message":"m"}', '{"error":{"code":1}}', 'dat', 'datas: 1'),
  },
)
const block = fc.tuple(
  fc.array(line, { minLength: 1, maxLength: 4 }),
  fc.constantFrom('\n', '\n', '\r\n', '\r'),
  fc.constantFrom(1, 1, 1, 2, 0),
)
const body = fc
  .tuple(fc.constantFrom('', '', '\ufeff'), fc.array(block, { maxLength: 6 }))
  .map(([bom, blocks]) =>
    Buffer.from(bom + blocks.map(([lines, end, blank]) => lines.join(end) + end.repeat(1 + blank)).join('')),
  )

const RUNS = { numRuns: 100 }

describe.each(TARGET_NAMES)('%s', (target) => {
  const wires = TARGETS[target]?.hasWire === true ? WIRE_NAMES : ['raw']

  it('holds for any event stream of any JSON', () => {
    fc.assert(
      fc.property(fc.constantFrom(...wires), fc.nat(), body, (wire, seed, bytes) => {
        expect(typeof runInput({ target, wire, seed, body: bytes })).toBe('string')
      }),
      RUNS,
    )
  })
})
