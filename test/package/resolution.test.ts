import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundle } from '../../bench/size/bundle.ts'
import { BUILD_TIMEOUT, type BuiltPackage, buildPackage, tsc } from './built-package.ts'

let built: BuiltPackage
beforeAll(() => {
  built = buildPackage()
}, BUILD_TIMEOUT)
afterAll(() => built?.remove())

const ENTRIES = ['rx-sse', 'rx-sse/relay', 'rx-sse/testing']

/** What Node itself makes of the export map; to any conditions it adds `node` and `import`. */
async function resolvedByNode(conditions: readonly string[]): Promise<string[]> {
  const flags = conditions.map((condition) => `--conditions=${condition}`)
  const program = `console.log(JSON.stringify(${JSON.stringify(ENTRIES)}.map((name) => import.meta.resolve(name))))`
  const args = [...flags, '--input-type=module', '-e', program]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: built.project })
  return (JSON.parse(stdout) as string[]).map((url) => relative(built.dist, fileURLToPath(url)))
}

/** Which transport a bundler has put in. */
async function faceBundled(conditions: readonly string[] | undefined): Promise<'index.js' | 'web.js'> {
  const { modules } = await bundle(`export { undiciTransport } from 'rx-sse'`, {
    project: built.project,
    external: ['undici', 'rxjs', 'node:zlib'],
    ...(conditions === undefined ? undefined : { conditions }),
  })
  const paths = modules.map((path) => relative(built.dist, path))
  const [isNode, isWeb] = ['transport/undici.js', 'transport/no-undici.js'].map((path) =>
    paths.includes(path),
  )
  if (isNode === isWeb) throw new Error(`neither face, or both: ${paths}`)
  return isNode ? 'index.js' : 'web.js'
}

describe('the package, imported', () => {
  it.each([
    ['Node', [], 'index.js'],
    ['a test runner that plays a browser on Node', ['browser'], 'web.js'],
    ['a worker', ['worker', 'browser'], 'web.js'],
    ['Cloudflare Workers', ['workerd', 'worker', 'browser'], 'web.js'],
    ['Vercel’s edge', ['edge-light', 'worker'], 'web.js'],
    ['Deno', ['deno'], 'web.js'],
    ['Bun', ['bun'], 'web.js'],
  ])('by %s, which knows Node’s conditions too, has the right face', async (_, conditions, face) => {
    expect(await resolvedByNode(conditions)).toEqual([face, 'relay/index.js', 'testing/index.js'])
  })

  it.each([
    ['Vite for browsers', undefined, 'web.js'],
    ['webpack for browsers', ['webpack', 'production', 'browser', 'module'], 'web.js'],
    ['webpack for Node', ['webpack', 'production', 'node', 'module'], 'index.js'],
    ['Metro', ['react-native'], 'web.js'],
    ['a bundler that knows no condition', [], 'web.js'],
  ] as const)('by %s is the right face', async (_, conditions, face) => {
    expect(await faceBundled(conditions)).toBe(face)
  })
})

const IN_A_PAGE = `
import { fetchTransport, fromEventStream, openaiChat, viewState } from 'rx-sse'
import { eventStreamResponse } from 'rx-sse/relay'

export const chunks = fromEventStream('/chat', {
  dialect: openaiChat(),
  transport: fetchTransport({ fetch: globalThis.fetch, credentials: 'include' }),
})
export const view = viewState({ seed: '', reduce: (text, more: string) => text + more })
export const relayed: Response = eventStreamResponse(chunks)

import type * as Node from './node_modules/rx-sse/dist/index.js'
import type * as Web from './node_modules/rx-sse/dist/web.js'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
export const same: Same<typeof Node, typeof Web> = true
`

const STRICT = {
  target: 'es2023',
  lib: ['es2023', 'dom'],
  types: [],
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: false,
  // The declarations of the DOM alone are not checked again.
  skipDefaultLibCheck: true,
  listFiles: true,
}

/** Checks a program with the declarations that it imports, and no other. @returns their paths */
function check(program: string, options: object): string[] {
  const compilerOptions = { ...STRICT, ...options }
  writeFileSync(resolve(built.project, 'program.ts'), program)
  const config = resolve(built.project, 'tsconfig.json')
  writeFileSync(config, JSON.stringify({ compilerOptions, files: ['program.ts'] }))
  return tsc('-p', config).split('\n')
}

const ofNode = (files: readonly string[]): string[] =>
  files.filter((path) => /node_modules\/(?:@types|undici|undici-types)\//.test(path))

describe('the types, in a project that has none of Node', () => {
  it.each([
    ['nodenext', { module: 'nodenext' }],
    ['bundler', { module: 'esnext', moduleResolution: 'bundler', customConditions: ['browser'] }],
  ])('are found and whole, and the same of both faces, with "moduleResolution": "%s"', (_, options) => {
    const files = check(IN_A_PAGE, options)
    expect(files.some((path) => path.endsWith('rx-sse/dist/names.d.ts'))).toBe(true)
    expect(ofNode(files)).toEqual([])
  })

  it('would be seen to need Node’s', () => {
    const program = `export type { sharedAgent } from './node_modules/rx-sse/dist/transport/undici-agent.js'`
    expect(ofNode(check(program, { module: 'nodenext', skipLibCheck: true }))).not.toEqual([])
  })
})
