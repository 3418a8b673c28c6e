import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { lifecycleScripts } from './lock-file.ts'

/** What a tarball of npm's holds: its text by its path, below `package/`. */
export type PackedFiles = ReadonlyMap<string, string>

const BLOCK = 512

/** @throws Error for an entry that is neither a file nor a folder: a link could lead anywhere */
export function readTarball(file: string): PackedFiles {
  const tar = gunzipSync(readFileSync(file))
  const files = new Map<string, string>()
  let longPath: string | undefined
  for (let at = 0; at + BLOCK <= tar.length && tar[at] !== 0; ) {
    const field = (from: number, length: number): string =>
      tar.toString('utf8', at + from, at + from + length).replace(/\0.*$/s, '')
    const size = Number.parseInt(field(124, 12), 8)
    const content = tar.toString('utf8', at + BLOCK, at + BLOCK + size)
    const type = field(156, 1)
    const prefix = field(345, 155)
    const path = longPath ?? (prefix === '' ? '' : `${prefix}/`) + field(0, 100)
    longPath = undefined
    if (type === 'x') longPath = /\d+ path=(.*)\n/.exec(content)?.[1]
    else if (type === '0' || type === '') files.set(path.replace(/^package\//, ''), content)
    else if (type !== '5' && type !== 'g') throw new Error(`${path} is no file`)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  return files
}

/** Every kind of file that is published, and no other. */
const EXPECTED: readonly RegExp[] = [
  /^(?:package\.json|README\.md|CHANGELOG\.md|SECURITY\.md|LICENSE)$/,
  /^docs\/[\w-]+\.(?:md|svg)$/,
  /^src\/(?:[\w-]+\/)*[\w-]+\.ts$/,
  /^dist\/(?:[\w-]+\/)*[\w-]+\.(?:js|d\.ts)(?:\.map)?$/,
  /^dist\/page\/(?:index\.html|assets\/[\w-]+\.(?:js|css|svg))$/,
]

/** Beginnings of the credentials that people commit most. */
const CREDENTIAL =
  /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\n[A-Za-z0-9+/=\n]{40}|\bnpm_[A-Za-z0-9]{36}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|\bAKIA[0-9A-Z]{16}\b|\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{32,}\b|_authToken\s*=/

/** What is wrong with a package that is to be published; nothing, if all is well. */
export function packageProblems(files: PackedFiles): readonly string[] {
  const problems: string[] = []
  for (const [path, text] of files) {
    if (!EXPECTED.some((pattern) => pattern.test(path)) || /(?:^|\/)(?:test|fixtures)\//.test(path)) {
      problems.push(`${path} is not to be published`)
    }
    if (CREDENTIAL.test(text)) problems.push(`${path} holds what looks like a credential`)
  }
  const { scripts, ...manifest } = JSON.parse(files.get('package.json') ?? '{}') as {
    scripts?: Record<string, string>
    bundleDependencies?: unknown
    gypfile?: unknown
  }
  for (const name of lifecycleScripts({ scripts: scripts ?? {} })) {
    if (name !== 'prepack') problems.push(`package.json: npm runs the script ${name} by itself`)
  }
  for (const name of ['bundleDependencies', 'bundledDependencies', 'gypfile']) {
    if (name in manifest) problems.push(`package.json has ${name}`)
  }
  if (!files.has('dist/index.js')) problems.push('there is no dist/index.js: it was not built')
  return problems
}
