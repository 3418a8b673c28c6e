import { isSseError, type SseError, type ViewState } from 'rx-sse'
import { visibleText } from '../wire/visible-text.ts'

/** What a state means for whoever looks: how it is coloured, and which icon it has. */
export type Tone = 'calm' | 'alive' | 'waiting' | 'failed' | 'whole'

export interface StatusWords {
  readonly tone: Tone
  /** One word, for a badge. */
  readonly word: string
  /** The rest, as a sentence without its full stop. */
  readonly sentence: string
}

/** `stream_terminated (clean_end)`, `request_failed/not_found`. */
function nameOfError(error: SseError): string {
  const name = error.code === error.kind ? error.kind : `${error.kind}/${error.code}`
  const reason = error.kind === 'stream_terminated' && error.reason !== error.code ? error.reason : undefined
  return reason === undefined ? name : `${name} (${reason})`
}

export const nameOf = (error: Error): string => (isSseError(error) ? nameOfError(error) : error.name)

/** Made once: `toLocaleString` makes one for each number. */
const numbers = new Intl.NumberFormat('en')

/** `1 event`, `1,204 events` */
export const counted = (count: number, noun: string): string =>
  `${numbers.format(count)} ${noun}${count === 1 ? '' : 's'}`

/** `0.42 s`, `12 s` */
export const seconds = (ms: number): string => {
  const value = Math.max(0, ms) / 1000
  return `${value < 10 ? value.toFixed(value < 1 ? 2 : 1) : Math.round(value)}\u00a0s`
}

const after = (id: string | undefined): string =>
  id === undefined || id === '' ? '' : `, after event ${brief(id)}`

/** IDs are the server's: they may be long, and hold what steers a screen. */
export function brief(id: string, most = 24): string {
  const shown = visibleText(id.slice(0, most))
  return shown.length > most || id.length > most ? `${shown.slice(0, most)}…` : shown
}

export type WordsState = Pick<
  ViewState<unknown>,
  'status' | 'attempt' | 'error' | 'lastEventId' | 'resumed' | 'values' | 'retryAt'
>

/** The status line. `now`: milliseconds since 1970. */
export function statusWords(state: WordsState, now: number): StatusWords {
  const { status, attempt, error, lastEventId, resumed, values } = state
  const pieces = counted(values, 'piece')
  switch (status) {
    case 'idle':
      return { tone: 'calm', word: 'Ready', sentence: 'nothing was sent yet' }
    case 'connecting':
      return {
        tone: 'alive',
        word: 'Connecting',
        sentence: attempt <= 1 ? 'the request is on its way' : `attempt ${attempt}${after(lastEventId)}`,
      }
    case 'streaming':
      return {
        tone: 'alive',
        word: 'Streaming',
        sentence: `${pieces}${resumed > 0 ? `, resumed ${times(resumed)}` : ''}`,
      }
    case 'stalled':
      return { tone: 'waiting', word: 'Silent', sentence: `connected, but nothing comes; ${pieces} so far` }
    case 'waiting':
      return {
        tone: 'waiting',
        word: 'Waiting',
        sentence: `${whole(state.retryAt, now)}, then attempt ${attempt + 1}${after(lastEventId)}`,
      }
    case 'done':
      return {
        tone: 'whole',
        word: 'Whole',
        sentence: `the wire has proved its end; ${pieces}${attempt > 1 ? `, ${counted(attempt, 'request')}` : ''}`,
      }
    case 'failed':
      return {
        tone: 'failed',
        word: 'Failed',
        sentence: error === undefined ? 'for a reason that is not known' : nameOf(error),
      }
    case 'cancelled':
      return { tone: 'calm', word: 'Stopped', sentence: `by you; what has arrived stands: ${pieces}` }
  }
}

const times = (count: number): string => (count === 1 ? 'once' : count === 2 ? 'twice' : `${count} times`)

const whole = (until: number | undefined, now: number): string => {
  const left = Math.max(0, (until ?? now) - now)
  return left < 1000 ? 'less than a second' : counted(Math.ceil(left / 1000), 'second')
}

/** What is worth hearing, once, as it happens; `undefined`: nothing new. */
export function announcement(before: WordsState, state: WordsState, now: number): string | undefined {
  const { status, attempt, error, values } = state
  if (status === before.status && attempt === before.attempt) return undefined
  switch (status) {
    case 'idle':
      return undefined
    case 'connecting':
      return attempt <= 1 ? 'Started.' : `Attempt ${attempt}${after(state.lastEventId)}.`
    case 'streaming':
      if (before.status === 'stalled') return 'It goes on.'
      return before.values > 0 && values > 0 ? `Resumed${after(state.lastEventId)}.` : undefined
    case 'stalled':
      return 'Nothing comes any more; the connection is open.'
    case 'waiting': {
      const why = error === undefined ? 'It broke off.' : `It broke off: ${spoken(error)}.`
      return `${why} Waiting ${whole(state.retryAt, now)}.`
    }
    case 'done':
      return 'The answer is whole.'
    case 'failed':
      return `Failed: ${error === undefined ? 'unknown' : spoken(error)}.`
    case 'cancelled':
      return 'Stopped.'
  }
}

/** A name of snake_case, as words. */
const spoken = (error: Error): string => nameOf(error).replace(/[_/]/g, ' ')
