import { randomBytes } from 'node:crypto'
import { inspect } from 'node:util'

/** Where a caller can put a secret, each with a value of its own that nothing else in this run has. */
type Marks<P extends string> = Readonly<Record<P, string>>

/** The same for all marks of a run: one look tells that a text has none of them, and most have none. */
const RUN = `mk${randomBytes(8).toString('hex')}`

/** Lower case, since parts of a URL lose their case. */
export function marksFor<P extends string>(...places: readonly P[]): Marks<P> {
  const entries = places.map((place) => [place, `${RUN}${randomBytes(8).toString('hex')}`])
  return Object.fromEntries(entries) as Marks<P>
}

/**
 * What somebody who reads a log could still make out, whatever has coded it: as it is, as hex, and as base64, where the same bytes
 * look otherwise behind one or two others.
 *
 * @param from - of the mark, a multiple of 3
 */
const formsOf = (mark: string, from: number): readonly string[] => [
  mark.slice(from, from + 12),
  Buffer.from(mark.slice(from, from + 12)).toString('hex'),
  ...[0, 1, 2].map((before) => {
    const start = ((from + 3) / 3) * 4
    return Buffer.from('x'.repeat(before) + mark)
      .toString('base64')
      .slice(start, start + 12)
  }),
]

const OF_ANY = formsOf(RUN, 3)

const DEEPEST = 20

/** Each text that can be got out of a value without calling what it does not offer to a log. */
function* textsOf(value: unknown): Generator<readonly [where: string, text: string]> {
  yield ['inspect', inspect(value, { depth: DEEPEST, showHidden: true, maxStringLength: null })]
  yield ['inspect, as by default', inspect(value)]
  yield ['String', text(() => String(value))]
  yield ['JSON', text(() => JSON.stringify(value) ?? '')]
  yield* ownTexts(value, 'value', new Set(), 0)
}

/** A value that cannot be written is not written. */
function text(make: () => string): string {
  try {
    return make()
  } catch {
    return ''
  }
}

/** Own properties, hidden ones, getters and symbols too; of the prototypes what a plain reading of an error takes. */
function* ownTexts(
  value: unknown,
  where: string,
  seen: Set<unknown>,
  depth: number,
): Generator<readonly [where: string, text: string]> {
  if (typeof value === 'string') yield [where, value]
  else if (ArrayBuffer.isView(value)) yield [where, Buffer.from(value.buffer).toString('latin1')]
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) return
  if (seen.has(value) || depth > DEEPEST) return
  seen.add(value)
  if (value instanceof Map || value instanceof Set) yield* ownTexts([...value], where, seen, depth + 1)
  for (const key of Reflect.ownKeys(value)) {
    const at = `${where}.${String(key)}`
    yield [at, String(key)]
    yield* ownTexts(read(value, key), at, seen, depth + 1)
  }
  if (value instanceof Error) {
    for (const key of ['name', 'message', 'stack', 'cause'] as const)
      yield* ownTexts(value[key], `${where}.${key}`, seen, depth + 1)
  }
}

function read(from: object, key: PropertyKey): unknown {
  try {
    return (from as Record<PropertyKey, unknown>)[key]
  } catch {
    return undefined
  }
}

/** Which marks a value, or a text, lets out, and where: nothing, or `"x-api-key in value.cause.message"`. */
export function leaksIn(value: unknown, marks: Readonly<Record<string, string>>): readonly string[] {
  const found = new Set<string>()
  for (const [where, said] of textsOf(value)) {
    if (!OF_ANY.some((form) => said.includes(form))) continue
    for (const [place, mark] of Object.entries(marks)) {
      if (formsOf(mark, RUN.length).some((form) => said.includes(form))) found.add(`${place} in ${where}`)
    }
  }
  return [...found]
}
