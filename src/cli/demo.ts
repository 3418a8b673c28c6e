import { setTimeout as sleep } from 'node:timers/promises'
import type { SseError } from '../index.ts'
import { startFaultServer } from '../testing/index.ts'
import { ACTS, type Act, WHOLE } from './demo-acts.ts'
import { complete, type Outcome, startPlainLoop } from './demo-run.ts'
import { DemoView, table } from './demo-view.ts'
import { nameOf } from './error-words.ts'
import { brokenOutput } from './files.ts'
import { type CliIo, Output } from './io.ts'
import { count, harmlessLine, seconds, styleFor } from './terminal.ts'
import { EXIT, interruptCode, UsageError } from './usage.ts'

/** Time to read a verdict, where somebody reads. */
const PAUSE_MS = 200

interface Result {
  readonly act: Act
  readonly outcome: Outcome
  readonly requests: number
  readonly plain: string
  /** What was promised and did not come; empty if all did. */
  readonly broken: readonly string[]
}

/** `rx-sse demo`: fails if a stream does not end as it should. */
export async function runDemo(args: readonly string[], io: CliIo): Promise<number> {
  if (args.length > 0 && args[0] !== '--help' && args[0] !== '-h') {
    const what = args.some((arg) => arg.startsWith('-')) ? 'options' : 'arguments'
    throw new UsageError(`demo takes no ${what}: rx-sse demo`)
  }
  const output = new Output(io.stdout)
  const stopping = new AbortController()
  output.onBroken((error) => stopping.abort(brokenOutput(error, io.stderr)))
  const stop = stopping.signal
  const view = new DemoView(output, styleFor(io.stdout, io.env), io.stdout.columns)
  if (args.length > 0) {
    view.line(
      'rx-sse demo: streams that break on purpose, over real sockets on 127.0.0.1. Takes ten seconds.',
    )
    await output.flush()
    return stop.aborted ? Number(stop.reason) : EXIT.complete
  }
  const { interrupt } = io
  if (interrupt?.aborted === true) stopping.abort(interruptCode(interrupt))
  else interrupt?.addEventListener('abort', () => stopping.abort(interruptCode(interrupt)), { once: true })
  const server = await startFaultServer(WHOLE)
  try {
    const startedAt = performance.now()
    const { bold } = view.style
    view.line(bold('rx-sse demo'))
    view.line(
      `A server in this process streams a completion over real sockets, and breaks it in ${ACTS.length} ways.`,
    )
    const whole = await complete(server, {}, undefined, stop)
    const results: Result[] = []
    for (const [index, act] of ACTS.entries()) {
      if (stop.aborted || whole === undefined) break
      server.use(act.scenario)
      const result = await perform(act, index + 1, { server, view, whole, stop })
      if (result === undefined) break
      results.push(result)
      if (output.isTTY) await sleep(PAUSE_MS, undefined, { signal: stop }).catch(() => {})
    }
    if (stop.aborted) {
      view.line()
      return Number(stop.reason)
    }
    const good = summary(results, view, performance.now() - startedAt)
    await output.flush()
    return stop.aborted ? Number(stop.reason) : good ? EXIT.complete : EXIT.unexpected
  } finally {
    await server.close()
  }
}

interface Stage {
  readonly server: Awaited<ReturnType<typeof startFaultServer>>
  readonly view: DemoView
  /** What an uninterrupted stream gave. */
  readonly whole: Outcome
  readonly stop: AbortSignal
}

async function perform(act: Act, ordinal: number, stage: Stage): Promise<Result | undefined> {
  const { server, view, whole, stop } = stage
  const { bold, dim, green, red, yellow } = view.style
  view.line()
  view.line(bold(`${String(ordinal).padStart(2)} ${act.name}`))
  view.row('server', act.server, dim)
  const requestsBefore = server.requests.length
  const plainLoop = await startPlainLoop(act)
  try {
    const outcome = await complete(
      server,
      act.config ?? {},
      {
        token: (text) => view.token(text),
        request: ({ attempt, lastEventId, resume }) => {
          if (attempt === 1) return
          const cursor = lastEventId === undefined ? '' : `, Last-Event-ID: ${lastEventId}`
          const again = resume === 'replay' ? ', from the start' : ''
          view.row('request', `number ${attempt}${cursor}${again}`)
        },
        failed: (error, delayMs) => {
          view.row('error', `${nameOf(error)}: ${harmlessLine(error.message)}`, yellow)
          const from = error.lastEventId === undefined ? '' : `, then from event ${error.lastEventId} on`
          view.row('wait', `${seconds(delayMs)}${from}`)
        },
      },
      stop,
    )
    if (outcome === undefined) return undefined
    const plain = await plainLoop.verdict()
    const requests = server.requests.length - requestsBefore
    const broken = brokenPromises(act, outcome, requests, whole)
    const { error } = outcome
    if (error !== undefined) view.row('error', `${nameOf(error)}: ${harmlessLine(error.message)}`, yellow)
    const end =
      error === undefined ? 'complete, the text identical to the uninterrupted one' : 'an honest error'
    if (broken.length === 0) view.row('verdict', `${end}: ${act.moral}`, green)
    else view.row('verdict', `NOT AS IT SHOULD BE: ${broken.join('; ')}`, red)
    return { act, outcome, requests, plain, broken }
  } finally {
    await plainLoop.close()
  }
}

/** The claims of the demo, checked. */
function brokenPromises(
  act: Act,
  { text, error, events }: Outcome,
  requests: number,
  whole: Outcome,
): string[] {
  const broken: string[] = []
  const ending = error === undefined ? 'complete' : nameOf(error)
  if (ending !== act.ending) broken.push(`it ended with ${ending}, not ${act.ending}`)
  if (requests !== act.requests) broken.push(`${count(requests, 'request')}, not ${act.requests}`)
  if (ending === 'complete' && text !== whole.text) broken.push('the text differs from the uninterrupted one')
  if (ending === 'complete' && events !== whole.events) {
    broken.push(`${count(events, 'event')}, not ${whole.events}`)
  }
  if (!whole.text.startsWith(text)) broken.push('what arrived is not a part of the uninterrupted text')
  return broken
}

const shortNameOf = (error: SseError): string =>
  error.kind === 'stream_terminated' ? error.reason : error.code

function summary(results: readonly Result[], view: DemoView, ms: number): boolean {
  const { bold, dim, green, red } = view.style
  const rows = results.map(({ act, outcome, requests, plain }) => [
    act.name,
    outcome.error === undefined ? 'complete' : shortNameOf(outcome.error),
    outcome.events,
    requests,
    plain,
  ])
  const header = ['act', 'how it ended', 'events', 'requests', 'fetch loop']
  view.line()
  for (const line of table([header, ...rows], (text, row) => {
    if (row === 0) return dim(text)
    return results[row - 1]?.broken.length === 0 ? text : red(text)
  })) {
    view.line(` ${line}`)
  }
  view.line(dim(' fetch loop: what a loop over fetch() that looks at response.ok reports of the same stream'))
  view.line()
  const good = results.length === ACTS.length && results.every(({ broken }) => broken.length === 0)
  const verdict = good
    ? green(bold('What completed is whole, to the character; what is not whole said so.'))
    : red(bold('Not every stream ended as it should.'))
  view.line(` ${verdict}`)
  view.line(` ${dim(seconds(ms))}`)
  return good
}
