import { fixtures } from '../fixtures/fixture.ts'
import { FIELDS, JSON_VALUES, LINES } from './dictionary.ts'
import type { FuzzInput } from './fuzz-input.ts'
import { MAX_BODY } from './mutate.ts'
import { TARGET_NAMES, TARGETS } from './targets.ts'
import { WIRE_NAMES } from './wires.ts'

/** The wires that read what a fixture's folder holds, whatever their options. */
const wiresOf = (dialectName: string): readonly string[] =>
  WIRE_NAMES.filter((name) => name === dialectName || name.startsWith(`${dialectName}, `))

/** What a fuzzer begins with: every fixture for every target, and a line of each kind. */
export function seedInputs(): FuzzInput[] {
  const wired = TARGET_NAMES.filter((name) => TARGETS[name]?.hasWire === true)
  const others = TARGET_NAMES.filter((name) => TARGETS[name]?.hasWire !== true)
  const inputs: FuzzInput[] = []
  for (const [nth, { dialectName, bytes }] of fixtures.entries()) {
    const body = bytes.subarray(0, MAX_BODY)
    for (const wire of wiresOf(dialectName))
      for (const target of wired) inputs.push({ target, wire, seed: nth, body })
    inputs.push({ target: others[nth % others.length] as string, wire: 'raw', seed: nth, body })
  }
  for (const target of wired)
    for (const text of ['data: a\n\ndata: byebye\n\ndata: bye\n\n', 'data: bye\ndata: x\n\ndata: bye'])
      inputs.push({ target, wire: 'own', seed: text.length, body: Buffer.from(text) })
  const bodies = [
    LINES.join('\n\n'),
    LINES.map((line) => `${line}\r\n\r\n`).join(''),
    JSON_VALUES.map((value) => `data: ${value}\n\n`).join(''),
    FIELDS.join('\n'),
    ...FIELDS,
  ]
  for (const [nth, text] of bodies.entries())
    for (const target of TARGET_NAMES)
      inputs.push({ target, wire: 'raw', seed: nth, body: Buffer.from(text) })
  return inputs
}
