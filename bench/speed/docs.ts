import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { toMarkdown } from './markdown.ts'
import { type Results, toJson } from './results.ts'
import { toSvg } from './svg.ts'

/** The files as they are to be, by name. */
export const renderDocs = (results: Results): Readonly<Record<string, string>> => ({
  'speed.json': toJson(results),
  'speed.md': toMarkdown(results, readFileSync(resolve(import.meta.dirname, 'findings.md'), 'utf8')),
  'speed.svg': toSvg(results),
})
