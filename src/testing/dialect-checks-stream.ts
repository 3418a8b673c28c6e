import { isDeepStrictEqual } from 'node:util'
import type { Dialect } from '../dialects/dialect.ts'
import type { StreamPlan } from '../session/plan.ts'
import { Body } from './dialect-checks-body.ts'
import { planFor, type Setting } from './dialect-checks-plan.ts'
import { type Death, Playback, type Seen } from './dialect-checks-play.ts'
import { shown } from './dialect-checks-words.ts'

/** The response of a fixture, ready to be played. */
export class Stream {
  readonly name: string
  readonly body: Body
  readonly setting: Setting
  readonly #make: () => Dialect<unknown>
  #plan: StreamPlan<unknown> | undefined
  #whole: Playback | undefined

  constructor(name: string, bytes: Uint8Array, make: () => Dialect<unknown>, setting: Setting = {}) {
    const headers = Object.entries(setting.headers ?? {})
    this.name = name
    this.body = new Body(bytes, headers.find(([key]) => key.toLowerCase() === 'content-type')?.[1])
    this.setting = setting
    this.#make = make
  }

  /** As fresh as the author gives it. */
  dialect(): Dialect<unknown> {
    return this.#make()
  }

  open(dialect = this.dialect()): Playback {
    this.#plan ??= planFor(dialect, this.setting)
    return new Playback({ ...this.#plan, dialect }, this.setting)
  }

  play(pieces: Iterable<Uint8Array>, death: Death, dialect?: Dialect<unknown>): Playback {
    const playback = this.open(dialect)
    for (const piece of pieces) playback.push(piece)
    playback.end(death)
    return playback
  }

  /** All of it, byte by byte, so that it is known when each value came; then a clean end. */
  get whole(): Playback {
    this.#whole ??= this.play(singly(this.body.bytes), 'clean end')
    return this.#whole
  }
}

function* singly(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) yield bytes.slice(at, at + 1)
}

/** Fields of an error that do not depend on how its bytes came in. */
function fieldsOf(error: Seen['error']): Readonly<Record<string, unknown>> {
  if (error === undefined) return {}
  const { bytes: _, ...fields } = { ...error } as unknown as Record<string, unknown>
  return { ...fields, message: error.message }
}

export const endingOf = ({ completed, error }: Seen): string =>
  completed
    ? 'complete'
    : error === undefined
      ? 'no ending'
      : `${error.kind} (${error.code}, ${JSON.stringify(error.message)})`

/** The first difference between values. */
export function valuesDifference(
  expected: readonly unknown[],
  got: readonly unknown[],
  isSame: (a: unknown, b: unknown) => boolean = isDeepStrictEqual,
): string | undefined {
  const at = expected.findIndex((value, index) => index >= got.length || !isSame(value, got[index]))
  const counts = `gives ${got.length} values, not ${expected.length}`
  if (at === -1) {
    if (got.length === expected.length) return undefined
    return `${counts}; the first too many is ${shown(got[expected.length])}`
  }
  return at >= got.length
    ? `${counts}; the first of the missing is ${shown(expected[at])}`
    : `gives as value ${at + 1} ${shown(got[at])}, not ${shown(expected[at])}`
}

/** The first difference between what was seen of a stream and of the same stream in another way. */
export function difference(expected: Seen, got: Seen): string | undefined {
  const problem = endingsProblem(got) ?? valuesDifference(expected.values, got.values)
  if (problem !== undefined) return problem
  if (expected.completed !== got.completed)
    return `ends with ${endingOf(got)}, not with ${endingOf(expected)}`
  const fields = fieldsOf(got.error)
  for (const [key, want] of Object.entries(fieldsOf(expected.error))) {
    if (!isDeepStrictEqual(want, fields[key]))
      return `ends with ${endingOf(got)}, whose ${key} is ${shown(fields[key])}, not ${shown(want)}`
  }
  return undefined
}

export function endingsProblem({ endings, late }: Seen): string | undefined {
  if (endings !== 1) return `has ${endings} endings, not one`
  return late > 0 ? `gives ${late} values after its ending` : undefined
}
