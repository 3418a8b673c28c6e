import { readFileSync } from 'node:fs'
import type { CliIo } from './io.ts'
import { harmlessLine } from './terminal.ts'
import { UsageError } from './usage.ts'

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

export const shownFile = (name: string): string => JSON.stringify(harmlessLine(name))

/** Reads the files that options name; stdin as `-`, once. */
export class FileReader {
  readonly #stdin: CliIo['stdin']
  #stdinTakenBy: string | undefined

  constructor(stdin: CliIo['stdin']) {
    this.#stdin = stdin
  }

  async read(name: string, option: string): Promise<Buffer> {
    if (name === '') throw new UsageError(`${option} needs the name of a file, or - for stdin.`)
    if (name !== '-') {
      try {
        return readFileSync(name)
      } catch (error) {
        throw new UsageError(`${option} cannot read ${shownFile(name)}: ${fileTrouble(error)}.`)
      }
    }
    if (this.#stdinTakenBy !== undefined) {
      throw new UsageError(`stdin can be read once: by ${this.#stdinTakenBy} or by ${option}, not both.`)
    }
    this.#stdinTakenBy = option
    const chunks: Buffer[] = []
    for await (const chunk of this.#stdin) chunks.push(Buffer.from(chunk as Uint8Array))
    return Buffer.concat(chunks)
  }
}
