import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { FIXTURES } from '../fixtures/fixture.ts'
import { type FuzzInput, type FuzzInputJson, fromJson, toJson } from './fuzz-input.ts'

const FOLDER = new URL('fuzz/', FIXTURES)
const FOUND = new URL('found/', FOLDER)
const CORPUS = new URL('corpus.json', FOLDER)

/** An input for which a rule did not hold, when it was found. */
export interface FoundCase {
  readonly name: string
  readonly input: FuzzInput
  /** What was wrong. */
  readonly shows: string
}

export const foundCases = (): FoundCase[] =>
  readdirSync(FOUND)
    .filter((file) => file.endsWith('.json'))
    .map((file) => {
      const json = JSON.parse(readFileSync(new URL(file, FOUND), 'utf8')) as FuzzInputJson & { shows: string }
      return { name: file.slice(0, -'.json'.length), input: fromJson(json), shows: json.shows }
    })

/** Inputs that run code which the fixtures alone do not run. */
export function corpusInputs(): FuzzInput[] {
  try {
    return (JSON.parse(readFileSync(CORPUS, 'utf8')) as FuzzInputJson[]).map(fromJson)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** How many of them are kept. */
export function writeCorpus(inputs: readonly FuzzInput[]): number {
  mkdirSync(FOLDER, { recursive: true })
  const lines = inputs.map((input) => JSON.stringify(toJson(input)))
  writeFileSync(CORPUS, `[\n${lines.join(',\n')}\n]\n`)
  return lines.length
}
