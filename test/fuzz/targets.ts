import type { FuzzInput } from './fuzz-input.ts'
import { runConsumer, runRelay } from './targets/consumer.ts'
import { runDecode, runLimit } from './targets/decode.ts'
import { runDialect } from './targets/dialect.ts'
import { runEnding } from './targets/ending.ts'
import { runFields } from './targets/fields.ts'
import { runHostile, runResume } from './targets/resume.ts'

/** Runs an input. Returns what it came to, in a few words: inputs that come to something new are worth keeping. */
export type Target = (input: FuzzInput) => string

/** What is fuzzed, and how much of the time: a part of the way from bytes to values, with what judges it. */
export const TARGETS: Readonly<
  Record<string, { readonly run: Target; readonly weight: number; readonly hasWire: boolean }>
> = {
  decode: { run: runDecode, weight: 6, hasWire: false },
  limit: { run: runLimit, weight: 2, hasWire: false },
  dialect: { run: runDialect, weight: 5, hasWire: true },
  ending: { run: runEnding, weight: 5, hasWire: true },
  resume: { run: runResume, weight: 2, hasWire: true },
  hostile: { run: runHostile, weight: 2, hasWire: true },
  consumer: { run: runConsumer, weight: 1, hasWire: true },
  relay: { run: runRelay, weight: 1, hasWire: false },
  fields: { run: runFields, weight: 3, hasWire: false },
}

export const TARGET_NAMES: readonly string[] = Object.keys(TARGETS)

/** @throws Mismatch where a rule does not hold; whatever the code under test throws */
export function runInput(input: FuzzInput): string {
  const target = TARGETS[input.target]
  if (target === undefined) throw new Error(`no target "${input.target}"`)
  return target.run(input)
}
