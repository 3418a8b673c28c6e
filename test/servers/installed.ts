import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** What a suite needs beside `npm ci`. */
export interface Needs {
  /** Commands, found on the path or where Debian keeps its servers. */
  programs?: readonly string[]
  /** Files that must be there: a module that a server loads, say. */
  files?: readonly string[]
  /** npm packages of `test/servers/package.json`. */
  packages?: readonly string[]
  /** The Debian packages that bring the programs and files. */
  debian?: readonly string[]
}

/** Debian keeps servers where the path of a user other than root does not look. */
const PATH = [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/usr/local/sbin', '/sbin']

/** Where a program is, if it is installed. */
export const programPath = (name: string): string | undefined =>
  PATH.map((folder) => join(folder, name)).find((path) => existsSync(path))

/**
 * Is all of it installed? For `describe.runIf(needs({ … }))`, at the top of a test file.
 *
 * What is missing is said in one line, with the command that installs it and the one that runs the tests then. Under CI
 * (`process.env.CI`) it is an error instead: there nothing may be skipped unseen.
 */
export function needs({ programs = [], files = [], packages = [], debian = [] }: Needs): boolean {
  const system = [
    ...programs.filter((name) => programPath(name) === undefined),
    ...files.filter((path) => !existsSync(path)),
  ]
  const npm = packages.filter((name) => !existsSync(join(import.meta.dirname, 'node_modules', name)))
  const missing = [...system, ...npm]
  if (missing.length === 0) return true
  const install: string[] = []
  if (system.length > 0) install.push(`apt-get install -y --no-install-recommends ${debian.join(' ')}`)
  if (npm.length > 0) install.push('npm ci --prefix test/servers --ignore-scripts')
  const line = `not installed: ${missing.join(', ')}. Install: ${install.join(' && ')}; then: npm run test:servers`
  // Some set it to "false" or leave it empty where they mean no.
  if (!['', '0', 'false'].includes(process.env.CI ?? '')) throw new Error(line)
  console.warn(`skipped: ${line}`)
  return false
}
