import { BYTES, FIELDS, JSON_KEYS, JSON_VALUES, LINES } from './dictionary.ts'
import type { Random } from './random.ts'

/** Longer ones cost more time than they find. */
export const MAX_BODY = 2_048

type Mutator = (body: Buffer, random: Random, other: Buffer) => Buffer

const splice = (body: Buffer, at: number, remove: number, insert: Uint8Array): Buffer =>
  Buffer.concat([body.subarray(0, at), insert, body.subarray(Math.min(body.length, at + remove))])

const flip: Mutator = (body, random) => {
  if (body.length === 0) return body
  const copy = Buffer.from(body)
  const at = random.int(copy.length)
  copy[at] = (copy[at] as number) ^ (1 << random.int(8))
  return copy
}

const drop: Mutator = (body, random) =>
  splice(body, random.int(body.length + 1), 1 + random.int(random.chance(0.8) ? 4 : 64), Buffer.alloc(0))

const insertBytes: Mutator = (body, random) =>
  splice(body, random.int(body.length + 1), random.chance(0.3) ? 1 : 0, random.pick(BYTES))

const truncate: Mutator = (body, random) => body.subarray(0, random.int(body.length + 1))

const repeat: Mutator = (body, random) => {
  const at = random.int(body.length + 1)
  const piece = body.subarray(at, at + 1 + random.int(120))
  return splice(body, at, 0, Buffer.concat(Array.from({ length: 1 + random.int(3) }, () => piece)))
}

/** The front of one, the rest of another. */
const cross: Mutator = (body, random, other) =>
  Buffer.concat([body.subarray(0, random.int(body.length + 1)), other.subarray(random.int(other.length + 1))])

/** Where lines begin. */
function lineStarts(body: Buffer): number[] {
  const starts = [0]
  for (let at = 0; at < body.length; at++) if (body[at] === 0x0a || body[at] === 0x0d) starts.push(at + 1)
  return starts
}

const insertLine: Mutator = (body, random) => {
  const end = random.pick(['\n', '\n', '\n\n', '\r\n', '\r', ''])
  return splice(body, random.pick(lineStarts(body)), 0, Buffer.from(random.pick(LINES) + end))
}

const moveLine: Mutator = (body, random) => {
  const starts = lineStarts(body)
  const nth = random.int(starts.length)
  const from = starts[nth] as number
  const to = starts[nth + 1] ?? body.length
  const line = body.subarray(from, to)
  const rest = random.chance(0.5) ? splice(body, from, to - from, Buffer.alloc(0)) : body
  return splice(rest, random.pick(lineStarts(rest)), 0, line)
}

/** Every line end another. */
const otherLineEnds: Mutator = (body, random) =>
  Buffer.from(body.toString('latin1').replace(/\r\n|\r|\n/g, random.pick(['\n', '\r', '\r\n'])), 'latin1')

const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?|true|false|null|\{\}|\[\]/gi

/** A value or key of the JSON in the bytes becomes another: the rest of its line stays whole. */
const otherJson: Mutator = (body, random) => {
  const text = body.toString('latin1')
  const tokens = [...text.matchAll(TOKEN)]
  if (tokens.length === 0) return body
  const token = random.pick(tokens)
  const at = token.index
  const isKey = /^\s*:/.test(text.slice(at + token[0].length, at + token[0].length + 3))
  const instead = isKey
    ? JSON.stringify(random.pick(JSON_KEYS))
    : random.chance(0.3)
      ? random.pick(tokens)[0]
      : random.pick(JSON_VALUES)
  return splice(body, at, token[0].length, Buffer.from(instead))
}

/** A key more, in an object that is there. */
const moreJson: Mutator = (body, random) => {
  const braces = [...body.toString('latin1').matchAll(/\{(?=["}])/g)]
  if (braces.length === 0) return body
  const at = random.pick(braces).index + 1
  const comma = body[at] === 0x7d ? '' : ','
  return splice(body, at, 0, Buffer.from(`"${random.pick(JSON_KEYS)}":${random.pick(JSON_VALUES)}${comma}`))
}

/** A whole object or list goes, or becomes something else. */
const otherSubtree: Mutator = (body, random) => {
  const text = body.toString('latin1')
  const opens = [...text.matchAll(/[{[]/g)]
  if (opens.length === 0) return body
  const at = random.pick(opens).index
  let depth = 0
  let end = at
  for (; end < text.length && text[end] !== '\n'; end++) {
    if (text[end] === '{' || text[end] === '[') depth++
    else if ((text[end] === '}' || text[end] === ']') && --depth === 0) break
  }
  return splice(body, at, end - at + 1, Buffer.from(random.pick(JSON_VALUES)))
}

const deep: Mutator = (body, random) => {
  if (!random.chance(0.05)) return otherSubtree(body, random, body)
  const levels = 20 + random.int(400)
  const [open, close] = random.pick([
    ['[', ']'],
    ['{"a":', '}'],
  ] as const)
  return splice(
    body,
    random.int(body.length + 1),
    0,
    Buffer.from(`data: ${open.repeat(levels)}0${close.repeat(levels)}\n\n`),
  )
}

const field: Mutator = (body, random) =>
  splice(body, random.pick(lineStarts(body)), random.int(8), Buffer.from(random.pick(FIELDS)))

const MUTATORS: readonly Mutator[] = [
  flip,
  drop,
  insertBytes,
  insertBytes,
  truncate,
  repeat,
  cross,
  insertLine,
  insertLine,
  moveLine,
  otherLineEnds,
  otherJson,
  otherJson,
  otherJson,
  moreJson,
  moreJson,
  otherSubtree,
  deep,
  field,
]

/** Another body, by a few changes of which each may know the format or not. */
export function mutate(body: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  let mutated = Buffer.from(body)
  for (let left = 1 + random.int(random.chance(0.7) ? 2 : 6); left > 0; left--)
    mutated = Buffer.from(random.pick(MUTATORS)(mutated, random, Buffer.from(other)))
  return mutated.subarray(0, MAX_BODY)
}
