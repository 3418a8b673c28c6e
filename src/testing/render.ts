import type { FaultPoint, ScenarioEvent } from './scenario.ts'

/** A piece of an event stream that is written at once. */
export interface Block {
  readonly bytes: Uint8Array
  /** Whether it is a whole event: comments and blocks without data count for nothing. */
  readonly isEvent: boolean
  /** The ID that it is sent with. */
  readonly id: string | undefined
}

/** An event that has data, with the ID that it is sent with. */
export type IdentifiedEvent = Extract<ScenarioEvent, { data: string }>

/** The events with their IDs: their own, or with `numbered` 1, 2, … for all but `[DONE]`. Comments are not counted. */
export function identify(
  events: readonly ScenarioEvent[],
  numbered: boolean,
): Exclude<ScenarioEvent, string>[] {
  let ordinal = 0
  return events.map((given) => {
    const event = typeof given === 'string' ? { data: given } : given
    if ('comment' in event) return event
    ordinal++
    return event.id !== undefined || !numbered || event.data === '[DONE]'
      ? event
      : { ...event, id: String(ordinal) }
  })
}

const LINE_END = /\r\n|\r|\n/

const fieldLines = (name: string, value: string): string[] =>
  value.split(LINE_END).map((line) => `${name}: ${line}`)

const block = (lines: readonly string[]): Uint8Array => Buffer.from(`${lines.join('\n')}\n\n`)

/** An event as the lines that say it [whatwg]. */
export const renderEvent = ({ id, event, retry, data }: IdentifiedEvent): Uint8Array =>
  block([
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...(retry === undefined ? [] : [`retry: ${retry}`]),
    ...fieldLines('data', data),
  ])

/** A line alone between two blank ones: a comment, or a field of one's own. */
export const renderLine = (line: string): Uint8Array => block([line])

export const eventBlock = (event: Exclude<ScenarioEvent, string>): Block =>
  'comment' in event
    ? { bytes: block(fieldLines('', event.comment)), isEvent: false, id: undefined }
    : { bytes: renderEvent(event), isEvent: true, id: event.id }

// Without the lookahead a CRLF would be read as two line ends, that is as a blank line.
const BLOCK = /[\s\S]*?(?:\r\n|\n|\r(?!\n)){2}|[\s\S]+$/g
const DATA = /(?:^|[\r\n])data(?:[:\r\n])/
const BLANK_LINE = /(?:\r\n|\n|\r(?!\n)){2}$/
/** A byte order mark at the very beginning is no part of the first line [whatwg]. */
const MARK = /^\xEF\xBB\xBF/

/** The bytes of an event stream, cut after its blank lines. */
export const fixtureBlocks = (bytes: Uint8Array): Block[] =>
  // Latin-1 is a character a byte: the fixture may not be UTF-8.
  (Buffer.from(bytes).toString('latin1').match(BLOCK) ?? []).map((text, index) => ({
    bytes: Buffer.from(text, 'latin1'),
    isEvent: DATA.test(index === 0 ? text.replace(MARK, '') : text) && BLANK_LINE.test(text),
    id: undefined,
  }))

/** Blocks and the bytes of a broken one, cut in two at a point: what is sent before it, and what is not. */
export function cutAt(blocks: readonly Block[], point: FaultPoint): [Uint8Array[], Uint8Array[]] {
  let rest = point.bytes ?? 0
  let index = point.events === undefined ? 0 : indexAfter(blocks, point.events)
  const before = blocks.slice(0, index).map(({ bytes }) => bytes)
  for (; index < blocks.length && rest > 0; index++) {
    const { bytes } = blocks[index] as Block
    if (rest < bytes.length) {
      const after = blocks.slice(index + 1).map((block) => block.bytes)
      return [
        [...before, bytes.subarray(0, rest)],
        [bytes.subarray(rest), ...after],
      ]
    }
    before.push(bytes)
    rest -= bytes.length
  }
  return [before, blocks.slice(index).map(({ bytes }) => bytes)]
}

/** The index of the block after so many events. */
export function indexAfter(blocks: readonly Block[], events: number): number {
  if (events === 0) return 0
  let seen = 0
  for (const [index, { isEvent }] of blocks.entries()) {
    if (isEvent && ++seen === events) return index + 1
  }
  return blocks.length
}

/** The blocks with the last `count` events before `index` once more at it. */
export function repeatAt(blocks: readonly Block[], index: number, count: number): Block[] {
  const events = blocks.slice(0, index).filter(({ isEvent }) => isEvent)
  return [...blocks.slice(0, index), ...events.slice(-count), ...blocks.slice(index)]
}

/** The blocks without the `count` events that follow `index`. */
export function skipAt(blocks: readonly Block[], index: number, count: number): Block[] {
  let left = count
  return [...blocks.slice(0, index), ...blocks.slice(index).filter(({ isEvent }) => !isEvent || left-- <= 0)]
}
