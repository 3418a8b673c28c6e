import { type Dialect, done, failed, ping, type ServerSentEvent } from '../../src/index.ts'
import type { Message, ToolCall } from '../../src/messages/message.ts'
import { NOTHING } from '../../src/messages/message.ts'
import type { DialectFixture } from '../../src/testing/index.ts'

/** Events of a small wire that has everything: numbers in the JSON, text, tool calls and a memory. */
export interface Note {
  seq: number
  kind: string
  text?: string
  run?: string
  args?: string
}

export interface Notes {
  calls: number
}

const isNote = (value: unknown): value is Note => typeof value === 'object' && value !== null
const textOf = (note: Note): string => (isNote(note) && typeof note.text === 'string' ? note.text : '')

/** A dialect that holds all that is checked; what is given is done in another way. */
export const notes = (other: Partial<Dialect<Note, Notes>> = {}): Dialect<Note, Notes> => ({
  name: 'notes',
  memory: () => ({ calls: 0 }),
  read({ event, data }, memory) {
    if (event === 'failed') return failed({ message: data, payload: data })
    if (data === '') return ping
    const note = JSON.parse(data) as Note
    if (!isNote(note)) return note
    if (note.kind === 'call' && memory.calls < 100) memory.calls++
    return note.kind === 'end' ? done(note) : note
  },
  isContent: (note) => isNote(note) && note.kind !== 'begin',
  idOf: (note) => (isNote(note) && typeof note.seq === 'number' ? String(note.seq) : undefined),
  text: textOf,
  withText: (note, text) => (isNote(note) ? { ...note, text } : note),
  isSame: (delivered, again) =>
    isNote(delivered) && isNote(again)
      ? delivered.kind === again.kind && delivered.text === again.text && delivered.args === again.args
      : Object.is(delivered, again) || JSON.stringify(delivered) === JSON.stringify(again),
  accumulate: (message, note) => accumulate(message, note),
  ...other,
})

export function accumulate(message: Message | undefined, note: Note): Message {
  const { snapshot: _, ...before } = message ?? { ...NOTHING, snapshot: undefined }
  const text = before.text + textOf(note)
  return { ...before, text, toolCalls: callsOf(before.toolCalls, note), snapshot: { text } }
}

function callsOf(calls: readonly ToolCall[], note: Note): readonly ToolCall[] {
  if (!isNote(note) || typeof note.args !== 'string') return calls
  const call = { index: 0, id: 'c', name: 'look', arguments: (calls[0]?.arguments ?? '') + note.args }
  return [{ ...call, complete: note.kind === 'called' }]
}

const event = (note: Note): string => `data: ${JSON.stringify(note)}\n\n`

export const values: readonly Note[] = [
  { seq: 0, kind: 'begin', run: 'r1' },
  { seq: 1, kind: 'note', text: 'Grüße, ' },
  { seq: 2, kind: 'note', text: 'Welt' },
  { seq: 3, kind: 'call', args: '{"of":' },
  { seq: 4, kind: 'called', args: '1}' },
  { seq: 5, kind: 'end' },
]

export const whole: DialectFixture = {
  name: 'whole',
  body: `: hello\n\n${values.map(event).join('')}`,
  values,
  outcome: 'complete',
}

export const refused: DialectFixture = {
  name: 'refused',
  body: `${event(values[0] as Note)}event: failed\ndata: disk full\n\n`,
  values: values.slice(0, 1),
  outcome: { kind: 'stream_error', upstream: { message: 'disk full' }, events: 1, status: 200 },
}

/** What reads as `notes` does, but for some events. */
export const reading =
  (odd: (event: ServerSentEvent, memory: Notes) => unknown): Dialect<Note, Notes>['read'] =>
  (event, memory) => {
    const result = odd(event, memory)
    return (result === undefined ? notes().read(event, memory) : result) as Note
  }
