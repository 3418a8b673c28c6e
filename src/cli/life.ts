import type { SseError } from '../index.ts'
import type { SessionSignal } from '../session/signal.ts'
import { adviceFor, factsOf, messageOf, nameOf } from './error-words.ts'
import type { Output, OutputStream } from './io.ts'
import type { Redact } from './secrets.ts'
import { canRewrite, count, harmlessLine, type Style, seconds, shorten, styleFor } from './terminal.ts'

type LifeSignal = Exclude<SessionSignal<unknown>, { type: 'value' }>

export interface LifeOptions {
  readonly stderr: OutputStream
  readonly stdout: Output
  readonly env: Readonly<Record<string, string | undefined>>
  readonly silent: boolean
  /** The whole head of the response is told elsewhere. */
  readonly verbose: boolean
  /** Shown with the first request. */
  readonly target: string
  readonly redact: Redact
  /** The end of a response is no failure but a reason to come again. */
  readonly endless: boolean
  /** How many events the request under way, or the next, gets once more; `undefined` if it goes on after them. */
  readonly repeats: () => number | undefined
}

/** What a line is about: sent, received, a failure, a wait, the end, anything else. */
const MARKS = { '>': 'cyan', '<': 'cyan', '!': 'yellow', '~': 'yellow', '=': 'green', '*': 'dim' } as const

const TICK_MS = 100
const CLEAR_LINE = '\r\u001b[2K'

/** Tells a person on stderr what the stream is going through. */
export class Life {
  readonly #options: LifeOptions
  readonly #style: Style
  readonly #rewrites: boolean
  #countdown: { readonly timer: NodeJS.Timeout; readonly since: number } | undefined

  constructor(options: LifeOptions) {
    this.#options = options
    this.#style = styleFor(options.stderr, options.env)
    this.#rewrites = canRewrite(options.stderr, options.env)
  }

  signal(signal: LifeSignal): void {
    const { dim } = this.#style
    if (signal.type === 'connecting') {
      this.endCountdown()
      const cursor =
        signal.lastEventId === undefined ? '' : `, Last-Event-ID: ${this.#shown(signal.lastEventId)}`
      const repeats = this.#options.repeats()
      const again =
        repeats === undefined ? '' : `, again from the start, passing over ${count(repeats, 'event')}`
      this.line(
        '>',
        signal.attempt === 1 ? this.#options.target + cursor : `attempt ${signal.attempt}${cursor}${again}`,
      )
    } else if (signal.type === 'open' && !this.#options.verbose) {
      const id = signal.requestId === undefined ? '' : dim(`, request ID ${this.#shown(signal.requestId)}`)
      this.line('<', `${signal.status}, an event stream${id}`)
    } else if (signal.type === 'waiting') {
      this.#waiting(signal)
    }
  }

  /** Before anything is written to stdout: on the same terminal a countdown must not stand in its way. */
  beforeOutput(): void {
    if (this.#options.stdout.isTTY) this.endCountdown()
  }

  complete(events: number, requests: number, ms: number): void {
    this.endCountdown()
    const { green } = this.#style
    this.line(
      '=',
      `${green('complete')}: ${count(events, 'event')}, ${count(requests, 'request')}, ${seconds(ms)}`,
    )
  }

  /** The end that is none of the others: always told, on one line if silent. */
  failed(error: SseError): void {
    this.endCountdown()
    const { red, dim } = this.#style
    const { redact } = this.#options
    const name = `rx-sse: ${red(nameOf(error))}: ${messageOf(error, redact)}`
    const facts = factsOf(error, redact)
    if (this.#options.silent) {
      const known = facts.map(([fact, value]) => `${fact}: ${value}`).join('; ')
      this.#write(`${name}${known === '' ? '' : ` [${known}]`}\n`)
      return
    }
    const lines = [...facts, ['what to do', adviceFor(error)] as const]
    this.#write(`${name}\n${lines.map(([fact, value]) => `  ${dim(fact.padEnd(13))}  ${value}\n`).join('')}`)
  }

  /** The end of a replayed feed, which says of itself neither that it is whole nor that it is cut. */
  usedUp(): void {
    this.endCountdown()
    this.#write('rx-sse: the recordings are used up; the feed has no end marker of its own\n')
  }

  /** One line of its own, unless silent. */
  line(mark: keyof typeof MARKS, text: string): void {
    if (!this.#options.silent) this.#write(`${this.#style[MARKS[mark]](mark)} ${text}\n`)
  }

  endCountdown(): void {
    if (this.#countdown === undefined) return
    const { timer, since } = this.#countdown
    clearInterval(timer)
    this.#countdown = undefined
    this.#options.stderr.write(
      `${CLEAR_LINE}${this.#style.yellow('~')} waited ${seconds(performance.now() - since)}\n`,
    )
  }

  #waiting({ error, delayMs, until, attempt }: Extract<LifeSignal, { type: 'waiting' }>): void {
    const { silent, endless, stderr, redact, repeats } = this.#options
    if (silent) return
    const { yellow } = this.#style
    const over = endless && error.kind === 'stream_terminated' && error.reason === 'clean_end'
    if (over) this.line('!', 'the response is over')
    else this.line('!', `${yellow(nameOf(error))}: ${messageOf(error, redact)}`)
    if (!this.#rewrites || delayMs < TICK_MS) {
      const { lastEventId } = error
      const from = lastEventId === undefined ? '' : ` from event ID ${this.#shown(lastEventId)}`
      const place = repeats() === undefined ? from : ' from the start'
      this.line('~', `waiting ${seconds(delayMs)}, then attempt ${attempt + 1}${place}`)
      return
    }
    const show = (): void => {
      const rest = Math.max(0, until - Date.now())
      stderr.write(`${CLEAR_LINE}${yellow('~')} waiting ${(rest / 1000).toFixed(1)} s of ${seconds(delayMs)}`)
    }
    this.#onOwnLine()
    show()
    this.#countdown = { timer: setInterval(show, TICK_MS), since: performance.now() }
  }

  /** An ID of the server's. */
  #shown(id: string): string {
    return shorten(harmlessLine(this.#options.redact(id)), 80)
  }

  #write(text: string): void {
    this.#onOwnLine()
    this.#options.stderr.write(text)
  }

  /** Text that streams to the same terminal may stand in the middle of a line. */
  #onOwnLine(): void {
    const { stdout, stderr } = this.#options
    if (!stdout.isTTY || stderr.isTTY !== true || stdout.atLineStart) return
    stdout.atLineStart = true
    stderr.write('\n')
  }
}
