import { STATUS_CODES } from 'node:http'
import type { Answer, Fault, FaultPoint } from '../testing/index.ts'
import { count, harmlessLine, shorten } from './terminal.ts'

function place(point: FaultPoint | 'request'): string {
  if (point === 'request') return 'instead of a response'
  const { events, bytes = 0 } = point
  if (events === undefined) return bytes === 0 ? 'after the head' : `after ${count(bytes, 'byte')}`
  if (bytes > 0) return `${count(bytes, 'byte')} after ${count(events, 'event')}`
  return events === 0 ? 'before any event' : `after ${count(events, 'event')}`
}

function nameOfFault(fault: Fault): string {
  switch (fault.type) {
    case 'fin':
    case 'rst':
      return fault.type.toUpperCase()
    case 'no-close-notify':
      return 'FIN without close_notify'
    case 'clean-end':
      return 'a clean end'
    case 'short-content-length':
      return 'an end short of its Content-Length'
    case 'bad-chunk-size':
      return 'a chunk size that is no number'
    case 'stream-reset':
      return `RST_STREAM ${fault.code ?? 'INTERNAL_ERROR'}`
    case 'goaway':
      return `GOAWAY ${fault.code ?? 'NO_ERROR'}${fault.goOn === true ? ' without an end' : ', then FIN,'}`
    case 'stall':
      return 'silence'
    case 'comments':
      return 'nothing but comments'
    case 'in-band-error':
      return `an error in the stream${fault.done === true ? ', then [DONE],' : ''}`
    case 'append':
      return 'foreign text and a clean end'
    case 'repeat':
      return `${count(fault.count ?? 1, 'event')} sent again`
    case 'skip':
      return `${count(fault.count ?? 1, 'event')} left out`
  }
}

/** The code of an error envelope, which says more than its length. */
function codeIn(body: string): string | undefined {
  try {
    const code: unknown = (JSON.parse(body) as { error?: { code?: unknown } } | null)?.error?.code
    return typeof code === 'string' ? shorten(harmlessLine(code), 60) : undefined
  } catch {
    return undefined
  }
}

/** What a request gets, such as `200, FIN after 5 events`. */
export function answerInWords(
  answer: Pick<Answer, 'status' | 'body' | 'coding' | 'fault'>,
  resumedAfter?: string,
): string {
  const { status = 200, body, fault } = answer
  const words: string[] = [String(status)]
  if (answer.coding !== undefined) words.push(answer.coding)
  if (resumedAfter !== undefined) words.push(`on from event ${shorten(harmlessLine(resumedAfter), 60)}`)
  if (fault !== undefined) {
    if (fault.after === 'request') return `${nameOfFault(fault)} instead of a response`
    words.push(`${nameOfFault(fault)} ${place(fault.after)}`)
  } else if (body !== undefined) {
    words.push(codeIn(body) ?? `a body of ${count(Buffer.byteLength(body), 'byte')}`)
  } else if (status === 200) {
    words.push('a whole stream')
  } else {
    const reason = STATUS_CODES[status]
    if (reason !== undefined) words.push(reason)
  }
  return words.join(', ')
}
