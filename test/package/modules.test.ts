import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, relative, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bundle, bundle } from '../../bench/size/bundle.ts'
import { BUILD_TIMEOUT, type BuiltPackage, buildPackage } from './built-package.ts'
import { globalsOf, specifiersOf, statementsOf } from './syntax.ts'

/** What browsers, workers, Deno, Bun and Node all have, and all that the face for them may use. */
const EVERYWHERE = [
  ...['AbortController', 'AbortSignal', 'Array', 'ArrayBuffer', 'AsyncIterator', 'BigInt', 'Boolean', 'Date'],
  ...['Error', 'FormData', 'Function', 'Headers', 'Infinity', 'Iterator', 'JSON', 'Math', 'Number', 'Object'],
  ...['Promise', 'RangeError', 'ReadableStream', 'RegExp', 'Request', 'Response', 'String', 'Symbol'],
  ...['SyntaxError', 'TextDecoder', 'TextEncoder', 'TypeError', 'URLSearchParams', 'Uint8Array', 'WeakMap'],
  ...['WeakRef', 'WeakSet', 'arguments', 'atob', 'btoa', 'clearInterval', 'clearTimeout', 'crypto'],
  ...['decodeURIComponent', 'encodeURIComponent', 'fetch', 'globalThis', 'isNaN', 'parseFloat', 'parseInt'],
  ...['performance', 'queueMicrotask', 'setInterval', 'setTimeout', 'structuredClone', 'undefined'],
]

const ENTRIES = ['rx-sse', 'rx-sse/relay']

let built: BuiltPackage
/** All of an entry, with RxJS and whatever else it needs. */
const bundles = new Map<string, Bundle>()
const bundleOf = (entry: string): Bundle => bundles.get(entry) as Bundle

beforeAll(async () => {
  built = buildPackage()
  for (const entry of ENTRIES) {
    bundles.set(entry, await bundle(`export * from '${entry}'`, { project: built.project }))
  }
}, BUILD_TIMEOUT)
afterAll(() => built?.remove())

interface Graph {
  /** Relative to `dist`. */
  readonly files: readonly string[]
  readonly packages: readonly string[]
}

/** All that is loaded with a built file, now or later. */
function graphOf(entry: string): Graph {
  const files = new Set<string>()
  const packages = new Set<string>()
  const visit = (path: string): void => {
    if (files.has(path)) return
    files.add(path)
    for (const specifier of specifiersOf(readFileSync(path, 'utf8'))) {
      if (specifier.startsWith('.')) visit(resolve(dirname(path), specifier))
      else packages.add(specifier)
    }
  }
  visit(resolve(built.dist, entry))
  return { files: [...files].map((path) => relative(built.dist, path)), packages: [...packages].sort() }
}

describe('the built modules', () => {
  it('of the web face are the core over fetch, and import RxJS and the parser alone', () => {
    const { files, packages } = graphOf('web.js')
    expect(packages).toEqual(['eventsource-parser', 'rxjs'])
    expect(files).toContain('transport/fetch.js')
    expect(files).toContain('session/session.js')
    expect(files.filter((file) => file.includes('undici'))).toEqual(['transport/no-undici.js'])
  })

  it('of the relay import RxJS alone', () => {
    expect(graphOf('relay/index.js').packages).toEqual(['rxjs'])
  })

  it('of the Node face do import undici and modules of Node, so that this test would see them', () => {
    const { packages } = graphOf('index.js')
    expect(packages).toContain('undici')
    expect(packages.filter((name) => isBuiltin(name)).length).toBeGreaterThan(0)
  })

  it('are followed through import() and re-exports too', () => {
    const code = `import 'a'\nimport {\n  b,\n} from "b";\nexport * from 'c'\nconst d = () => import('d')`
    expect(specifiersOf(code)).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('a bundle for browsers', () => {
  it.each(ENTRIES)('of %s is whole without a module of Node, in its packages too', (entry) => {
    const { modules, imports } = bundleOf(entry)
    expect(imports).toEqual([])
    expect(modules.some((path) => path.includes('/rxjs/'))).toBe(true)
    // A bundler puts something of its own in the place of a module of Node.
    expect(modules.filter((path) => !existsSync(path) && !path.endsWith('program.js'))).toEqual([])
    expect(modules.filter((path) => /undici(?!\.js$)/.test(path))).toEqual([])
  })

  it.each(ENTRIES)('of %s uses no global that is not everywhere', (entry) => {
    const { code } = bundleOf(entry)
    const globals = globalsOf(code)
    expect(globals).toContain('TextDecoder')
    expect(globals.filter((name) => !EVERYWHERE.includes(name))).toEqual([])
    expect(code).not.toMatch(/\brequire\(|["'`]node:/)
  })

  it('would be seen to use one', () => {
    expect(globalsOf('let a=process.env,b=Buffer.from(a.window);export{b as window}')).toEqual([
      'Buffer',
      'process',
    ])
  })

  it.each(ENTRIES)('of an import of %s for its effects is empty', async (name) => {
    const { code } = await bundle(`import '${name}'`, { project: built.project })
    expect(code.trim()).toBe('')
  })

  it.each(ENTRIES)(
    'of %s has nothing to run on import, also for a bundler that does not take package.json’s word for it',
    async (name) => {
      const manifest = resolve(built.project, 'node_modules/rx-sse/package.json')
      const promised = readFileSync(manifest, 'utf8')
      expect(JSON.parse(promised)).toHaveProperty('sideEffects', false)
      writeFileSync(manifest, JSON.stringify({ ...JSON.parse(promised), sideEffects: true }))
      const options = { project: built.project, external: ['rxjs', 'eventsource-parser'] }
      try {
        const { code } = await bundle(`import '${name}'`, { ...options, readsArePure: true })
        expect(statementsOf(code)).toEqual([])
      } finally {
        writeFileSync(manifest, promised)
      }
    },
  )

  it('of a guard alone brings neither the errors nor their table', async () => {
    const { code, modules } = await bundle(`export { isSseError } from 'rx-sse'`, { project: built.project })
    expect(code).toContain('rx-sse.error')
    expect(modules.map((path) => relative(built.dist, path))).toEqual(['errors/sse-error.js'])
    expect(code.length).toBeLessThan(200)
  })
})
