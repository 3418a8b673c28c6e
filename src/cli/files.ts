import { createReadStream } from 'node:fs'
import type { CliIo, OutputStream } from './io.ts'
import { harmlessLine } from './terminal.ts'
import { EXIT, UsageError, unlessInterrupted } from './usage.ts'

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  ENOSPC: 'no space left',
  EROFS: 'read-only file system',
}

/** Why a file cannot be used, in words. */
export const fileTrouble = (error: unknown, doing: 'read' | 'write' = 'read'): string => {
  const code = (error as NodeJS.ErrnoException).code ?? String(error)
  if (doing === 'write' && code === 'ENOENT') return 'its directory does not exist'
  return REASONS[code] ?? code
}

/** Tells why stdout takes no more, unless its reader has left. Returns the exit code. */
export function brokenOutput(error: NodeJS.ErrnoException, stderr: OutputStream): number {
  if (error.code === 'EPIPE') return EXIT.pipeClosed
  stderr.write(`rx-sse: cannot write to stdout: ${fileTrouble(error, 'write')}\n`)
  return EXIT.unexpected
}

export const shownFile = (name: string): string => JSON.stringify(harmlessLine(name))

/** Reads the files that options name; stdin as `-`, once. */
export class FileReader {
  readonly #io: CliIo
  #stdinTakenBy: string | undefined

  constructor(io: CliIo) {
    this.#io = io
  }

  async read(name: string, option: string): Promise<Buffer> {
    if (name === '') throw new UsageError(`${option} needs the name of a file, or - for stdin.`)
    const { stdin, interrupt } = this.#io
    if (name !== '-') return unlessInterrupted(readFile(name, option), interrupt)
    if (this.#stdinTakenBy !== undefined) {
      throw new UsageError(`stdin can be read once: by ${this.#stdinTakenBy} or by ${option}, not both.`)
    }
    this.#stdinTakenBy = option
    const whole = readAll(stdin).catch((error: unknown) => {
      throw new UsageError(`${option} cannot read stdin: ${fileTrouble(error)}.`)
    })
    return unlessInterrupted(whole, interrupt)
  }
}

/** A device, or a pipe, may have no end. */
const MAX_FILE = 2 ** 28

async function readFile(name: string, option: string): Promise<Buffer> {
  const stream = createReadStream(name, { end: MAX_FILE })
  const bytes = await readAll(stream).catch((error: unknown) => {
    throw new UsageError(`${option} cannot read ${shownFile(name)}: ${fileTrouble(error)}.`)
  })
  if (bytes.length <= MAX_FILE) return bytes
  throw new UsageError(
    `${option} cannot read ${shownFile(name)}: it is larger than ${MAX_FILE / 2 ** 20} MiB.`,
  )
}

async function readAll(stream: CliIo['stdin']): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks)
}
