import type { StreamSource } from '../event-stream.ts'
import type { ResponseHead, SseError } from '../index.ts'
import { fileTrouble } from './files.ts'
import { type CliIo, Output } from './io.ts'
import { Life } from './life.ts'
import { harmlessJson, harmlessLine, harmlessText, styleFor } from './terminal.ts'
import { EXIT } from './usage.ts'
import { blockOf, type Wire } from './wires.ts'

export interface StreamRun {
  readonly source: StreamSource<unknown>
  readonly wire: Wire
  readonly output: 'values' | 'text' | 'json'
  readonly silent: boolean
  readonly verbose: boolean
  /** Method and URL, as they may be shown. */
  readonly target: string
  readonly headerNames: readonly string[]
  readonly redact: (text: string) => string
  /** Would another attempt have nothing to get? */
  readonly isLastAttempt: () => boolean
  readonly onHead: (listener: (head: ResponseHead) => void) => void
  readonly onTrouble: (listener: (message: string) => void) => void
  readonly recorded: () => readonly string[]
}

/** Response headers that say who answered, and how. */
const TOLD_HEADERS = [
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'content-length',
  'retry-after',
  'server',
  'via',
  'x-request-id',
  'request-id',
]

/** Runs a stream to its end, or to the end of who reads it. Resolves to the exit code. */
export async function runStream(run: StreamRun, io: CliIo): Promise<number> {
  const stdout = new Output(io.stdout)
  // A closed stderr is no reason to end a stream that goes to stdout.
  io.stderr.on('error', () => {})
  const endless = run.wire.dialect().endless === true
  const { silent, verbose, target, redact } = run
  const life = new Life({ stderr: io.stderr, stdout, env: io.env, silent, verbose, target, redact, endless })
  const format = formatter(run, io, stdout)
  const code = await new Promise<number>((resolve) => {
    const startedAt = performance.now()
    let events = 0
    let requests = 0
    let over = false
    const end = (exitCode: number): void => {
      if (over) return
      over = true
      session.stop()
      life.endCountdown()
      resolve(exitCode)
    }
    const write = (text: string): void => {
      if (text === '') return
      life.beforeOutput()
      // The reader's pace reaches the socket.
      if (!stdout.write(text)) session.pause()
    }
    const jsonLine = (line: object): void => {
      if (run.output === 'json') write(`${redact(harmlessJson(line))}\n`)
    }
    const failed = (error: SseError): void => {
      jsonLine({ type: 'error', error })
      if (stdout.isTTY && !stdout.atLineStart) write('\n')
      life.failed(error)
      end(EXIT[error.kind])
    }
    const session = run.source.open({
      value: (value, lastEventId) => {
        events++
        write(format(value, lastEventId))
      },
      signal: (signal) => {
        if (signal.type === 'connecting') requests++
        if (signal.type === 'waiting' && run.isLastAttempt()) {
          failed(signal.error)
          return
        }
        jsonLine(signal)
        life.signal(signal)
        if (signal.type === 'connecting' && run.verbose && run.headerNames.length > 0) {
          life.line('>', `with the headers ${run.headerNames.join(', ')}`)
        }
      },
      complete: () => {
        jsonLine({ type: 'complete', events, requests })
        if (stdout.isTTY && !stdout.atLineStart) write('\n')
        life.complete(events, requests, performance.now() - startedAt)
        for (const file of run.verbose ? run.recorded() : []) life.line('*', `recorded ${harmlessLine(file)}`)
        end(EXIT.complete)
      },
      error: failed,
    })
    run.onHead(({ status, header }) => {
      if (!run.verbose) return
      const told = TOLD_HEADERS.flatMap((name) => {
        const value = header(name)
        return value === undefined ? [] : [`${name}: ${harmlessLine(value)}`]
      })
      life.line('<', `HTTP ${status}${told.length === 0 ? '' : `, ${told.join(', ')}`}`)
    })
    run.onTrouble((message) => {
      io.stderr.write(`rx-sse: ${message}\n`)
      end(EXIT.unexpected)
    })
    stdout.onDrain(() => session.resume())
    stdout.onBroken((error) => {
      if (error.code !== 'EPIPE') io.stderr.write(`rx-sse: cannot write to stdout: ${fileTrouble(error)}\n`)
      end(error.code === 'EPIPE' ? EXIT.pipeClosed : EXIT.unexpected)
    })
    const { interrupt } = io
    const onInterrupt = (): void => end(Number(interrupt?.reason) || EXIT.interrupted)
    if (interrupt?.aborted === true) onInterrupt()
    else interrupt?.addEventListener('abort', onInterrupt, { once: true })
    if (!over) session.start()
  })
  if (io.interrupt?.aborted === true) return code
  let broken: number | undefined
  stdout.onBroken((error) => {
    broken = error.code === 'EPIPE' ? EXIT.pipeClosed : EXIT.unexpected
  })
  await stdout.flush()
  return code === EXIT.complete ? (broken ?? code) : code
}

/** How a value is written. */
function formatter(
  { output, wire }: StreamRun,
  io: CliIo,
  stdout: Output,
): (value: unknown, lastEventId: string | undefined) => string {
  // In a pipe or file the bytes are the server's; on a terminal its control characters are made visible.
  const shown = stdout.isTTY ? harmlessText : (text: string): string => text
  const { textOf } = wire
  if (output === 'json') {
    return (value, lastEventId) => `${harmlessJson({ type: 'value', value, lastEventId })}\n`
  }
  if (output === 'text' && textOf !== undefined) return (value) => shown(textOf(value))
  if (!wire.raw) return (value) => `${harmlessJson(value)}\n`
  const { dim } = styleFor(io.stdout, io.env)
  return (value) => blockOf(value, dim, shown)
}
