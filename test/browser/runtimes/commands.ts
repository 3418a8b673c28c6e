import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const inBrowserTests = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

export type CommandName = 'deno' | 'bun' | 'node'

interface Command {
  readonly file: string
  readonly args: readonly string[]
  /** What makes it take the certificates that the fault server makes for itself. */
  readonly trusting: { readonly args?: readonly string[]; readonly env?: Readonly<Record<string, string>> }
  readonly package?: string
}

const INSECURE = { NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' }

const commands: Readonly<Record<CommandName, Command>> = {
  deno: {
    file: inBrowserTests('node_modules/@deno/linux-x64-glibc/deno'),
    args: ['run', '--quiet', '--no-lock', '--no-check', '--allow-all'],
    trusting: { args: ['--unsafely-ignore-certificate-errors'] },
    package: '@deno/linux-x64-glibc',
  },
  bun: {
    file: inBrowserTests('node_modules/@oven/bun-linux-x64/bin/bun'),
    args: [],
    trusting: { env: INSECURE },
    package: '@oven/bun-linux-x64',
  },
  // Node asks for `node`: so that it gets the other face it is told to be no Node.
  node: { file: process.execPath, args: ['--conditions=browser'], trusting: { env: INSECURE } },
}

export async function versionOf(name: CommandName): Promise<string> {
  const { package: from } = commands[name]
  if (from === undefined) return process.versions.node
  return JSON.parse(await readFile(inBrowserTests(`node_modules/${from}/package.json`), 'utf8')).version
}

/**
 * Runs a script with JSON on its input, and settles with the JSON of its output's last line.
 *
 * @throws Error with what it said, if it ends otherwise, or not within the time.
 */
export async function runCommand(
  name: CommandName,
  script: string,
  input: unknown,
  { trusts = false, withinMs = 120_000 } = {},
): Promise<unknown> {
  const { file, args, trusting } = commands[name]
  const child = spawn(file, [...args, ...(trusts ? (trusting.args ?? []) : []), inBrowserTests(script)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    cwd: inBrowserTests('consumer'),
    env: { ...process.env, ...(trusts ? trusting.env : {}) },
  })
  const timer = setTimeout(() => child.kill('SIGKILL'), withinMs)
  let output = ''
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
  })
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk
  })
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify(input))
  const ended = await new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, signal) => resolve(`ended with ${signal ?? code}`))
  })
  clearTimeout(timer)
  const last = output.trim().split('\n').at(-1) ?? ''
  if (ended !== 'ended with 0' || !last.startsWith('{')) {
    throw new Error(`${name} ${ended}: ${said.slice(-2_000)}${output.slice(-500)}`)
  }
  return JSON.parse(last)
}
