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

/** All that the suites need. */
const EVERYTHING: Needs = {
  programs: ['nginx', 'haproxy', 'caddy', 'apache2'],
  files: ['/usr/lib/nginx/modules/ngx_nchan_module.so'],
  packages: [
    '@modelcontextprotocol/conformance',
    '@modelcontextprotocol/server-everything',
    'better-sse',
    'node-llama-cpp',
    '@node-llama-cpp/linux-x64',
  ],
  debian: ['nginx', 'libnginx-mod-nchan', 'haproxy', 'caddy', 'apache2'],
}

/** What is missing, what installs it, and what runs the tests then, in one line; `undefined` if nothing is missing. */
export function missing({
  programs = [],
  files = [],
  packages = [],
  debian = [],
}: Needs = EVERYTHING): string | undefined {
  const system = [
    ...programs.filter((name) => programPath(name) === undefined),
    ...files.filter((path) => !existsSync(path)),
  ]
  const npm = packages.filter((name) => !existsSync(join(import.meta.dirname, 'node_modules', name)))
  const names = [...system, ...npm]
  if (names.length === 0) return undefined
  const install: string[] = []
  if (system.length > 0) install.push(`apt-get install -y --no-install-recommends ${debian.join(' ')}`)
  if (npm.length > 0) install.push('npm ci --prefix test/servers --ignore-scripts')
  return `not installed: ${names.join(', ')}. Install: ${install.join(' && ')}; then: npm run test:servers`
}

/** Set by whoever has said already what is missing. */
export const TOLD = 'RX_SSE_MISSING_TOLD'

/**
 * Is all of it installed? For `describe.runIf(needs({ … }))`, at the top of a test file. If not, it says so, unless that
 * was done for all files before. Under CI (`process.env.CI`) it is an error instead: there nothing may be skipped unseen.
 */
export function needs(what: Needs): boolean {
  const line = missing(what)
  if (line === undefined) return true
  // Some set it to "false" or leave it empty where they mean no.
  if (!['', '0', 'false'].includes(process.env.CI ?? '')) throw new Error(line)
  if (process.env[TOLD] === undefined) console.warn(`skipped: ${line}`)
  return false
}
