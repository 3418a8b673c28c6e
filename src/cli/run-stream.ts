import type { StreamSource } from '../event-stream.ts'
import type { ResponseHead, SseError } from '../index.ts'
import type { Session } from '../session/session.ts'
import { redactedLine } from './error-words.ts'
import { brokenOutput } from './files.ts'
import { type CliIo, Output } from './io.ts'
import { Life } from './life.ts'
import type { Redact } from './secrets.ts'
import { harmlessJson, harmlessLine, harmlessText, styleFor } from './terminal.ts'
import { EXIT, interruptCode, unlessInterrupted } from './usage.ts'
import { blockOf, type Wire } from './wires.ts'

export interface StreamRun {
  readonly source: StreamSource<unknown>
  readonly wire: Wire
  readonly output: 'values' | 'text' | 'json'
  readonly silent: boolean
  readonly verbose: boolean
  /** Method and URL, as they may be shown. */
  readonly target: string
  readonly redact: Redact
  /** Would another attempt have nothing to get? */
  readonly isLastAttempt: () => boolean
  /** How many events the request under way, or the next, gets once more; `undefined` if it goes on after them. */
  readonly repeats: () => number | undefined
  /** Called with the names of the headers of each request that is sent. */
  readonly onRequest: (listener: (headerNames: readonly string[]) => void) => void
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
  const { silent, verbose, target, redact, repeats } = run
  const { stderr, env } = io
  const life = new Life({ stderr, stdout, env, silent, verbose, target, redact, endless, repeats })
  const format = formatter(run, io, stdout)
  let broken: number | undefined
  let sayComplete = (): void => {}
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
      if (run.output === 'json') write(`${harmlessJson(redactedLine(line, redact))}\n`)
    }
    const failed = (error: SseError): void => {
      jsonLine({ type: 'error', error })
      if (stdout.isTTY && !stdout.atLineStart) write('\n')
      const isWholeFeed = endless && error.kind === 'stream_terminated' && error.reason === 'clean_end'
      if (isWholeFeed && run.isLastAttempt()) life.usedUp()
      else life.failed(error)
      end(EXIT[error.kind])
    }
    const session: Session<unknown> = run.source.open({
      value: (value) => {
        events++
        write(format(value, session.lastEventId))
      },
      signal: (signal) => {
        if (signal.type === 'connecting') requests++
        if (signal.type === 'waiting' && run.isLastAttempt()) {
          failed(signal.error)
          return
        }
        jsonLine(signal)
        life.signal(signal)
      },
      complete: () => {
        jsonLine({ type: 'complete', events, requests })
        if (stdout.isTTY && !stdout.atLineStart) write('\n')
        const ms = performance.now() - startedAt
        sayComplete = () => {
          life.complete(events, requests, ms)
          for (const file of run.verbose ? run.recorded() : [])
            life.line('*', `recorded ${harmlessLine(file)}`)
        }
        end(EXIT.complete)
      },
      error: failed,
    })
    run.onRequest((names) => {
      if (run.verbose) life.line('>', `with the headers ${names.join(', ')}`)
    })
    run.onHead(({ status, header }) => {
      if (!run.verbose) return
      const told = TOLD_HEADERS.flatMap((name) => {
        const value = header(name)
        return value === undefined ? [] : [`${name}: ${harmlessLine(redact(value))}`]
      })
      life.line('<', `HTTP ${status}${told.length === 0 ? '' : `, ${told.join(', ')}`}`)
    })
    run.onTrouble((message) => {
      io.stderr.write(`rx-sse: ${message}\n`)
      end(EXIT.unexpected)
    })
    stdout.onDrain(() => session.resume())
    stdout.onBroken((error) => {
      life.endCountdown()
      broken = brokenOutput(error, io.stderr)
      end(broken)
    })
    const { interrupt } = io
    if (interrupt?.aborted === true) end(interruptCode(interrupt))
    else interrupt?.addEventListener('abort', () => end(interruptCode(interrupt)), { once: true })
    if (!over) session.start()
  })
  if (io.interrupt?.aborted === true) return code
  // "Complete" is said of what has been written, not of what has arrived.
  await unlessInterrupted(stdout.flush(), io.interrupt)
  if (code !== EXIT.complete) return code
  if (broken === undefined) sayComplete()
  return broken ?? code
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
