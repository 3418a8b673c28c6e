import { type Dialect, done, failed, type StreamRequest } from '../../src/index.ts'

export interface ResponsesEvent {
  readonly type: string
  readonly sequence_number: number
  readonly delta?: string
  readonly response?: { readonly id: string }
}

interface Memory {
  id: string | undefined
}

/** A wire whose cursor is a number in the JSON, and which is resumed by a GET of what a POST has begun [openai]. */
export const responses: Dialect<ResponsesEvent, Memory> = {
  name: 'responses',
  memory: () => ({ id: undefined }),
  read({ data }, memory) {
    const event = JSON.parse(data) as ResponsesEvent
    if (event.response !== undefined) memory.id = event.response.id
    if (event.type === 'error') return failed({ payload: event })
    return event.type === 'response.completed' ? done(event) : event
  },
  idOf: ({ sequence_number }) => String(sequence_number),
  isContent: ({ type }) => type.endsWith('.delta'),
  resume({ url }: StreamRequest, cursor, { id }) {
    if (id === undefined) return undefined
    url.pathname += `/${id}`
    url.searchParams.set('starting_after', cursor)
    return { method: 'GET', url, headers: { 'last-event-id': undefined } }
  },
}

const event = (sequence_number: number, type: string, more: object = {}): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, sequence_number, ...more })}\n\n`

/** All events of one response: created, deltas, completed. */
export const responseEvents = (id: string, ...deltas: readonly string[]): string[] => [
  event(0, 'response.created', { response: { id } }),
  ...deltas.map((delta, index) => event(index + 1, 'response.output_text.delta', { delta })),
  event(deltas.length + 1, 'response.completed', { response: { id } }),
]
