import type { SseError } from '../../src/index.ts'
import type { SeenAttempt } from './sequence-run.ts'

type Tone = 'plain' | 'request' | 'failure'

/** A message between two neighbours. */
export interface Message {
  readonly label: string
  /** Set apart at the end of the label. */
  readonly strong?: string
  /** Below the arrow. */
  readonly note?: string
  readonly tone: Tone
  /** It breaks off on its way. */
  readonly isCut?: boolean
}

/** What happens at once: on the subscriber's side, and on the server's. */
export interface Row {
  readonly toSubscriber?: Message
  readonly toServer?: Message
  readonly fromServer?: Message
}

export interface Act {
  readonly rows: readonly Row[]
  /** The wait after it, in words. */
  readonly wait: string | undefined
}

/** `id: 1 … id: 4`; the text of their blocks is the values'. */
function idsOf(blocks: readonly string[]): string {
  const ids = blocks.flatMap((block) => /^id: (.*)$/m.exec(block)?.[1] ?? [])
  return ids.length > 1 ? `id: ${ids[0]} … id: ${ids.at(-1)}` : `id: ${ids[0]}`
}

const plain = (label: string): Message => ({ label, tone: 'plain' })

const reasonOf = (error: SseError): string | undefined => ('reason' in error ? error.reason : undefined)

/** The labels of an attempt, all from what was seen of it. */
export function actOf({ request, head, body, signals, values }: SeenAttempt): Act {
  const blocks = body.split('\n\n')
  const rest = blocks.pop() ?? ''
  const events = blocks.filter((block) => block.startsWith('id: '))
  const others = blocks.filter((block) => !block.startsWith('id: '))
  const rows: Row[] = []
  for (const signal of signals) {
    if (signal.type === 'connecting') {
      const by = signal.resume === undefined ? '' : `, by ${signal.resume}`
      const lastEventId = request.headers['last-event-id']
      rows.push({
        toSubscriber: plain(`connecting, attempt ${signal.attempt}${by}`),
        toServer: {
          label: `${request.method} ${request.url}`,
          tone: 'request',
          ...(lastEventId === undefined ? {} : { strong: `Last-Event-ID: ${lastEventId}` }),
        },
      })
    } else if (signal.type === 'open') {
      rows.push({ toSubscriber: plain('open'), fromServer: plain(`${head.status} ${head.contentType}`) })
      const text = values.map((value) => value.text).join('')
      rows.push({
        toSubscriber: plain(`${values.length} values: “${text.trim()}”`),
        fromServer: plain(idsOf(events)),
      })
    } else if (signal.type === 'waiting') {
      const { error } = signal
      const why = reasonOf(error) === undefined ? '' : `, ${reasonOf(error)}`
      rows.push({
        toSubscriber: { label: `waiting: ${error.code}${why}`, tone: 'failure' },
        fromServer: failureOf(head, rest, others, error),
      })
    }
  }
  const waiting = signals.find((signal) => signal.type === 'waiting')
  if (waiting === undefined) {
    rows.push({ toSubscriber: plain('complete'), fromServer: plain(others.join(', ')) })
    return { rows, wait: undefined }
  }
  const floor = waiting.error.retryAfterMs === waiting.delayMs
  return { rows, wait: `${waiting.delayMs.toLocaleString('en-US')} ms: ${floor ? 'Retry-After' : 'backoff'}` }
}

function failureOf(
  head: SeenAttempt['head'],
  rest: string,
  others: readonly string[],
  error: SseError,
): Message {
  if (head.status !== 200) {
    return { label: String(head.status), strong: `Retry-After: ${head.retryAfter}`, tone: 'failure' }
  }
  if (rest !== '') {
    const note = `an unfinished event does not count: ${error.lastEventId} is the last event ID`
    const end = reasonOf(error) === 'socket_closed' ? 'FIN' : reasonOf(error)
    return {
      label: `${rest.replaceAll('\n', ', ')}… ${end}`,
      note,
      tone: 'failure',
      isCut: true,
    }
  }
  const { code } = (JSON.parse(others.join('').replace('data: ', '')) as { error: { code: string } }).error
  const label = `data: {"error":{… "code":"${code}" …}}`
  return { label, note: 'a failure inside the 200', tone: 'failure' }
}

/** What it all came to. Throws unless it is what the picture says. */
export function sumOf(seen: readonly SeenAttempt[]): string {
  const values = seen.flatMap((attempt) => attempt.values)
  for (const [index, { lastEventId }] of values.entries()) {
    if (lastEventId !== String(index + 1)) throw new Error(`value ${index + 1} has the ID ${lastEventId}`)
  }
  const text = values.map((value) => value.text).join('')
  return `${seen.length} requests, ${values.length} values, each once and in order: “${text}”`
}
