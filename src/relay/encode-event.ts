import { show } from '../errors/options.ts'

/** One event to write, in the fields of [whatwg]. Without `data` it is none for its reader: only its `id` and `retry` count. */
export interface OutgoingEvent {
  /** What a reader sends back as `Last-Event-ID`; `''` takes back the ID of an earlier event. Default: the field is not written. */
  readonly id?: string | undefined
  /** The event's type. Default: the field is not written, a browser calls that "message". */
  readonly event?: string | undefined
  /** Of any number of lines. A CR or CRLF arrives as LF. */
  readonly data?: string | undefined
  /** The reconnection time, in milliseconds. */
  readonly retry?: number | undefined
  /** For people who look at the wire, and for proxies; no reader sees it. */
  readonly comment?: string | undefined
}

const LINE_END = /\r\n|\r|\n/

const lines = (prefix: string, text: string): string =>
  LINE_END.test(text)
    ? text
        .split(LINE_END)
        .map((line) => `${prefix}${line}\n`)
        .join('')
    : `${prefix}${text}\n`

function field(name: 'id' | 'event', value: string): string {
  if (typeof value !== 'string' || /[\r\n\0]/.test(value)) {
    throw new TypeError(`${name} must be text without a line end or NUL, not ${show(value)}.`)
  }
  return `${name}: ${value}\n`
}

/**
 * An event as the lines of an event stream, its blank line included [whatwg].
 *
 * A blank stands behind each colon, so that data which begins with one keeps it.
 *
 * @throws TypeError for what the format cannot carry: an `id` or `event` with a line end or NUL, which would be another
 * field; data or a comment that is no text; a `retry` that is no whole number from 0 up
 */
export function encodeEvent({ id, event, data, retry, comment }: OutgoingEvent): string {
  let text = ''
  if (comment !== undefined) text += comment === '' ? ':\n' : lines(': ', textOf('comment', comment))
  if (id !== undefined) text += field('id', id)
  if (event !== undefined) text += field('event', event)
  if (retry !== undefined) {
    if (!(Number.isSafeInteger(retry) && retry >= 0)) {
      throw new TypeError(`retry must be a whole number of milliseconds from 0 up, not ${show(retry)}.`)
    }
    text += `retry: ${retry}\n`
  }
  if (data !== undefined) text += lines('data: ', textOf('data', data))
  return `${text}\n`
}

function textOf(name: 'data' | 'comment', value: string): string {
  if (typeof value !== 'string') throw new TypeError(`${name} must be text, not ${show(value)}.`)
  return value
}
