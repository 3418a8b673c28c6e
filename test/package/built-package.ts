import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** What the package declares, and no more. */
const DEPENDENCIES = ['rxjs', 'eventsource-parser', 'undici']
const ENTRIES = ['src/index.ts', 'src/web.ts', 'src/relay/index.ts']

export interface BuiltPackage {
  /** A stranger's project with `node_modules/rx-sse`, outside of the repo: none of the repo's `@types` is in sight. */
  readonly project: string
  /** The files of the faces and of `rx-sse/relay`, as `npm run build` makes them. */
  readonly dist: string
  remove(): void
}

/** For the hook that calls it, on a machine with other things to do. In milliseconds. */
export const BUILD_TIMEOUT = 60_000

/** Builds from the sources as they stand. Does not touch the repo's `dist`. */
export function buildPackage(): BuiltPackage {
  // On macOS the folder is reached through a link, and bundlers name files by where they really are.
  const project = realpathSync(mkdtempSync(resolve(tmpdir(), 'rx-sse-built-')))
  const installed = resolve(project, 'node_modules/rx-sse')
  const dist = resolve(installed, 'dist')
  mkdirSync(installed, { recursive: true })
  writeFileSync(resolve(project, 'package.json'), '{"type":"module","private":true}')
  copyFileSync(resolve(root, 'package.json'), resolve(installed, 'package.json'))
  for (const name of DEPENDENCIES) {
    symlinkSync(resolve(root, 'node_modules', name), resolve(project, 'node_modules', name), 'junction')
  }
  const config = {
    extends: resolve(root, 'tsconfig.build.json'),
    compilerOptions: { outDir: dist, typeRoots: [resolve(root, 'node_modules/@types')] },
    files: ENTRIES.map((path) => resolve(root, path)),
    include: [],
  }
  writeFileSync(resolve(project, 'tsconfig.build.json'), JSON.stringify(config))
  const remove = () => rmSync(project, { recursive: true, force: true })
  try {
    tsc('-p', resolve(project, 'tsconfig.build.json'))
  } catch (error) {
    remove()
    throw error
  }
  return { project, dist, remove }
}

/** @returns what it printed; its errors are thrown, in its words. */
export function tsc(...args: readonly string[]): string {
  try {
    const script = resolve(root, 'node_modules/typescript/bin/tsc')
    return execFileSync(process.execPath, [script, ...args], { encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    throw new Error(String((error as { stdout?: unknown }).stdout), { cause: error })
  }
}
