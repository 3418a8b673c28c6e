import { readdirSync, readFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const src = resolve(import.meta.dirname, '../src')

/** Each layer, and what it may know of. Bytes go one way; so do imports. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  messages: [],
  errors: ['messages', 'rxjs'],
  decode: ['errors', 'eventsource-parser'],
  dialects: ['messages', 'errors'],
  transport: ['errors'],
  session: ['transport', 'decode', 'dialects', 'errors', 'eventsource-parser'],
  diagnostics: ['session', 'errors'],
  faces: ['session', 'transport', 'diagnostics', 'dialects', 'errors', 'rxjs', 'messages'],
  testing: ['session', 'transport', 'decode', 'dialects', 'messages', 'errors'],
  relay: ['faces', 'session', 'errors', 'rxjs'],
  cli: ['faces', 'testing', 'session', 'transport', 'dialects', 'errors', 'rxjs'],
}

/** Only these know that they run on Node. The core runs anywhere. */
const ON_NODE =
  /^(?:transport\/(?:undici|undici-agent|coding)|diagnostics\/channels|testing\/.*|cli\/.*)\.ts$/

interface Import {
  readonly target: string
  readonly typeOnly: boolean
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))

function importsOf(file: string): Import[] {
  const text = readFileSync(resolve(src, file), 'utf8')
  const found: Import[] = []
  const pattern = /^(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'/gms
  for (const [, type, specifier = ''] of text.matchAll(pattern)) {
    const target = specifier.startsWith('.')
      ? relative(src, resolve(src, dirname(file), specifier)).replaceAll('\\', '/')
      : specifier
    found.push({ target, typeOnly: type !== undefined })
  }
  return found
}

const layerOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] as string) : 'faces')

describe('the import graph', () => {
  it('has a rule for every layer', () => {
    expect(files.length).toBeGreaterThan(20)
    expect([...new Set(files.map(layerOf))].sort()).toEqual(Object.keys(MAY_IMPORT).sort())
  })

  it.each(files)('%s imports only what its layer may know', (file) => {
    const layer = layerOf(file)
    for (const { target, typeOnly } of importsOf(file)) {
      if (target.endsWith('.ts')) {
        const other = layerOf(target)
        if (other !== layer) expect(MAY_IMPORT[layer], `${file} imports ${target}`).toContain(other)
      } else if (target.startsWith('node:') || target === 'undici') {
        expect(typeOnly || ON_NODE.test(file), `${file} imports ${target}`).toBe(true)
      } else {
        expect(MAY_IMPORT[layer], `${file} imports ${target}`).toContain(target)
      }
    }
  })

  it('lets nobody but the Node face publish diagnostics', () => {
    const publishers = files.filter((file) =>
      importsOf(file).some(({ target }) => target === 'diagnostics/channels.ts'),
    )
    expect(publishers).toEqual(['index.ts'])
  })

  it('has no circles', () => {
    const graph = new Map(
      files.map((file) => [
        file,
        importsOf(file)
          .filter(({ target }) => target.endsWith('.ts'))
          .map(({ target }) => target),
      ]),
    )
    const done = new Set<string>()
    const visit = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) throw new Error(`a circle: ${[...path, file].join(' → ')}`)
      if (done.has(file)) return
      for (const next of graph.get(file) ?? []) visit(next, [...path, file])
      done.add(file)
    }
    for (const file of files) visit(file, [])
    expect(done.size).toBe(files.length)
  })
})
