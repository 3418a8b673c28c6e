import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { onTestFinished } from 'vitest'
import type { OutputStream } from '../../src/cli/io.ts'
import { main } from '../../src/cli/main.ts'
import { type FaultServer, type Scenario, startFaultServer } from '../../src/testing/index.ts'

const BIN = resolve(import.meta.dirname, '../../src/cli/bin.ts')

export interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The real process, under way. */
export interface Running {
  readonly child: ChildProcess
  readonly out: { stdout: string; stderr: string }
  readonly ended: Promise<Ran>
}

/** What runs it, and it. */
export const COMMAND: readonly string[] = [process.execPath, BIN]

/** `null` leaves stdin open. Another program runs the command by itself. */
export function start(args: readonly string[], input: string | null = '', program?: string): Running {
  const { FORCE_COLOR: _, NO_COLOR: __, ...env } = process.env
  const [file = '', ...first] = program === undefined ? COMMAND : [program]
  const child = spawn(file, [...first, ...args], { env, stdio: ['pipe', 'pipe', 'pipe'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  const out = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    out.stderr += text
  })
  child.stdin.on('error', () => {})
  if (input !== null) child.stdin.end(input)
  const ended = new Promise<Ran>((done) => {
    child.on('close', (code, signal) => done({ code: code ?? -1, ...out, ...(signal && { signal }) }))
  })
  return { child, out, ended }
}

/** The real process, to its end. */
export const run = (...args: Parameters<typeof start>): Promise<Ran> => start(...args).ended

/** A stream that keeps what is written to it, and says that it is a terminal or not. */
class Written implements OutputStream {
  text = ''
  readonly isTTY: boolean

  constructor(isTTY: boolean) {
    this.isTTY = isTTY
  }

  write(text: string, callback?: (error?: Error | null) => void): boolean {
    this.text += text
    if (callback !== undefined) queueMicrotask(callback)
    return true
  }

  on(): this {
    return this
  }
}

export interface Surroundings {
  /** Which of stdout and stderr are terminals. Default: none. */
  readonly tty?: { readonly stdout?: boolean; readonly stderr?: boolean }
  readonly env?: Record<string, string>
}

/** The command inside this process. */
export async function call(args: readonly string[], { tty = {}, env = {} }: Surroundings = {}): Promise<Ran> {
  const stdout = new Written(tty.stdout === true)
  const stderr = new Written(tty.stderr === true)
  const stdin = (async function* nothing(): AsyncGenerator<Uint8Array> {})()
  const code = await main(args, { stdout, stderr, stdin, env })
  return { code, stdout: stdout.text, stderr: stderr.text }
}

/** With the same durations wherever they are measured or drawn by lot; the seconds that the server asked for stand. */
export const normalised = (text: string): string =>
  text
    .replace(/^(= complete: .*, |~ waited )\d+\.\d+ s/gm, '$1… s')
    .replace(/^(~ waiting \d+)\.\d+ s/gm, '$1.… s')

const GATEWAY = 'https://gateway.example'

/** What a person sees who types a command into a terminal without colours, at a gateway that is a fault server. */
export async function typed(line: string, server: FaultServer): Promise<string> {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '')
  const screen = new Written(true)
  const stdin = (async function* nothing(): AsyncGenerator<Uint8Array> {})()
  const args = words.slice(1).map((word) => word.replace(GATEWAY, server.url))
  const code = await main(args, { stdout: screen, stderr: screen, stdin, env: { TERM: 'dumb' } })
  const seen = screen.text.replaceAll(server.url, GATEWAY)
  return `$ ${line}\n${seen}${code === 0 ? '' : `$ echo $?\n${code}\n`}`
}

/** A fault server for one test. */
export async function faultServer(scenario?: Scenario): Promise<FaultServer> {
  const server = await startFaultServer(scenario)
  onTestFinished(() => server.close())
  return server
}

/** A directory for one test. */
export function directory(): string {
  const path = mkdtempSync(join(tmpdir(), 'rx-sse-test-'))
  onTestFinished(() => rmSync(path, { recursive: true }))
  return path
}
