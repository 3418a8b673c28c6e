import { type StreamSource, type Surroundings, streamSource } from '../event-stream.ts'
import {
  type EventStreamConfig,
  type ResponseHead,
  type RetryConfig,
  type Transport,
  undiciTransport,
} from '../index.ts'
import { FileReader } from './files.ts'
import type { CliIo } from './io.ts'
import type { GivenOptions, OptionName } from './options.ts'
import { OPTIONS, rowOfOption } from './options.ts'
import { recording } from './recording.ts'
import { type Replay, readReplay } from './replay.ts'
import { type RequestOptions, readRequest } from './request.ts'
import { resumptionOf } from './resumption.ts'
import { runStream } from './run-stream.ts'
import { redactor, shownUrl } from './secrets.ts'
import { parseUrl } from './target.ts'
import { harmlessLine } from './terminal.ts'
import { nearest, UsageError } from './usage.ts'
import { WIRES, type Wire } from './wires.ts'

/** What a redirect to another origin may take along. Any other header may be the user's own kind of key. */
const HARMLESS_HEADERS: ReadonlySet<string> = new Set([
  'accept',
  'accept-encoding',
  'accept-language',
  'cache-control',
  'content-type',
  'user-agent',
])

const MAX_SECONDS = 2_147_483

function secondsOf(options: GivenOptions, name: OptionName): number | undefined {
  const text = options.value(name)
  if (text === undefined) return undefined
  if (!/^\d*\.?\d+$/.test(text) || Number(text) > MAX_SECONDS) {
    throw new UsageError(`--${name} takes seconds, such as 30 or 0.5 (0 switches it off).`)
  }
  return Number(text) * 1000
}

function wholeNumberOf(options: GivenOptions, name: OptionName): number | undefined {
  const text = options.value(name)
  if (text === undefined) return undefined
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`--${name} takes a whole number, such as 5.`)
  return Number(text)
}

function wireOf(options: GivenOptions, path: string | undefined): Wire {
  const name = options.value('dialect') ?? 'raw'
  const names = WIRES.map((wire) => wire.name)
  const wire = WIRES.find((candidate) => candidate.name === name)
  if (wire === undefined) {
    const near = nearest(name, names)
    throw new UsageError(
      `--dialect ${harmlessLine(name)} does not exist; ${near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`}`,
    )
  }
  if (options.has('text') && wire.textOf === undefined) {
    const likely = WIRES.find((candidate) => path !== undefined && candidate.path?.test(path) === true)
    const fitting = WIRES.filter((candidate) => candidate.textOf !== undefined)
    const advice = likely?.name ?? fitting.map((candidate) => candidate.name).join(' or ')
    const why = options.has('dialect') ? `${name} has none; take` : 'add'
    throw new UsageError(`--text needs to know where the text is: ${why} --dialect ${advice}.`)
  }
  if (options.has('text') && options.has('json')) {
    throw new UsageError('--text and --json are two forms of output; give one of them.')
  }
  return wire
}

/** Without the keys that were not given. */
const defined = (numbers: Record<string, number | undefined>): Record<string, number> =>
  Object.fromEntries(
    Object.entries(numbers).filter((entry): entry is [string, number] => entry[1] !== undefined),
  )

function configOf(
  options: GivenOptions,
  wire: Wire,
  request: RequestOptions,
  transport: Transport,
  { resume, replays }: { resume: EventStreamConfig<unknown>['resume']; replays: boolean },
): EventStreamConfig<unknown> {
  const delay = secondsOf(options, 'retry-delay')
  const retry: RetryConfig = {
    ...defined({ count: wholeNumberOf(options, 'retry'), delay }),
    // A recording has nobody to spare.
    ...(replays ? ({ delay: 0, jitter: 'none' } as const) : {}),
  }
  const { method, headers, body } = request
  return {
    transport,
    dialect: wire.dialect(),
    headers,
    retry,
    resume,
    lastEventId: options.value('resume-from') ?? '',
    timeout: defined({
      connect: secondsOf(options, 'connect-timeout'),
      first: secondsOf(options, 'first'),
      idle: secondsOf(options, 'idle'),
      stall: secondsOf(options, 'stall'),
      total: secondsOf(options, 'max-time'),
    }),
    sensitiveHeaders: headers.map(([name]) => name).filter((name) => !HARMLESS_HEADERS.has(name)),
    ...(method === undefined ? {} : { method }),
    ...(body === undefined ? {} : { body }),
    ...defined({ maxEventSize: wholeNumberOf(options, 'max-event-size') }),
  }
}

const respell = (message: string): string =>
  message
    .replace(/^lastEventId/, '--resume-from')
    .replace(/^method/, '-X/--request')
    .replace(/^maxEventSize/, '--max-event-size')
    .replace(/^retry\.count/, '--retry')

const CONSOLE: Surroundings = { transportFor: () => undiciTransport(), baseUrl: () => undefined }

function sourceOf(url: URL | string, config: EventStreamConfig<unknown>): StreamSource<unknown> {
  try {
    return streamSource(url, config, CONSOLE, 'values')
  } catch (error) {
    if (error instanceof TypeError) throw new UsageError(respell(error.message))
    throw error
  }
}

interface Watchers {
  onRequest?: (headerNames: readonly string[]) => void
  onHead?: (head: ResponseHead) => void
}

/** Shows what is really sent, and the heads of responses, of which a signal tells the status only. */
const watching = (inner: Transport, watchers: Watchers): Transport => ({
  name: inner.name,
  send: (request, sink) => {
    watchers.onRequest?.([...request.headers.keys()])
    return inner.send(request, {
      onConnected: () => sink.onConnected(),
      onHead: (head) => {
        watchers.onHead?.(head)
        sink.onHead(head)
      },
      onChunk: (chunk) => sink.onChunk(chunk),
      onEnd: () => sink.onEnd(),
      onFailure: (failure) => sink.onFailure(failure),
    })
  },
})

function recordingFile(options: GivenOptions): string | undefined {
  const file = options.value('record')
  if (file === '') throw new UsageError('--record needs the name of a file.')
  if (file === '-') {
    throw new UsageError('--record writes to a file, not to stdout; without it the events go to stdout.')
  }
  return file
}

/** `rx-sse URL`, `rx-sse --replay FILE`. */
export async function streamCommand(options: GivenOptions, io: CliIo, version: string): Promise<number> {
  const replayed = options.all('replay').map(({ value }) => value)
  const url = replayed.length > 0 ? undefined : parseUrl(options)
  const wire = wireOf(options, url?.pathname)
  const resumption = resumptionOf(options, wire.dialect().endless === true)
  const record = recordingFile(options)
  const files = new FileReader(io)
  let replay: Replay | undefined
  if (replayed.length > 0) {
    refuseRequestOptions(options)
    replay = await readReplay(replayed, files)
  }
  const request = await readRequest(options, files, version)
  const watchers: Watchers = {}
  let onTrouble: ((message: string) => void) | undefined
  const watched = watching(replay?.transport ?? undiciTransport(), watchers)
  const recorder =
    record === undefined ? undefined : recording(watched, record, (message) => onTrouble?.(message))
  const transport = recorder?.transport ?? watched
  const { resume } = resumption
  const config = configOf(options, wire, request, transport, { resume, replays: replay !== undefined })
  const source = sourceOf(url ?? 'http://replay.invalid/', config)
  recorder?.probe()
  const method = request.method?.toUpperCase() ?? (request.body === undefined ? 'GET' : 'POST')
  const run = runStream(
    {
      source,
      wire,
      output: options.has('json') ? 'json' : options.has('text') ? 'text' : 'values',
      silent: options.has('silent') || (options.has('json') && !options.has('verbose')),
      verbose: options.has('verbose'),
      target:
        url === undefined
          ? `replay of ${replayed.map(harmlessLine).join(', ')}`
          : `${method} ${shownUrl(url)}`,
      redact: redactor(url, request.headers),
      isLastAttempt: () => replay?.exhausted() === true,
      repeats: resumption.repeats,
      onRequest: (listener) => {
        if (url !== undefined) watchers.onRequest = listener
      },
      onHead: (listener) => {
        watchers.onHead = listener
      },
      onTrouble: (listener) => {
        onTrouble = listener
      },
      recorded: () => recorder?.files ?? [],
    },
    io,
  )
  return run.finally(() => recorder?.close())
}

function refuseRequestOptions(options: GivenOptions): void {
  if (options.positionals.length > 0) {
    throw new UsageError('a URL or --replay FILE, not both (each further recording needs its own --replay).')
  }
  for (const name of Object.keys(OPTIONS) as OptionName[]) {
    if (rowOfOption(name).ofRequest === true && options.has(name)) {
      throw new UsageError(`--${name} describes a request, and --replay makes none.`)
    }
  }
}
