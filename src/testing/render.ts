import type { FaultPoint, ScenarioEvent } from './scenario.ts'

const utf8 = new TextEncoder()

/** A piece of an event stream that is written at once. */
export interface Block {
  readonly bytes: Uint8Array
  /** Whether it is a whole event: comments and blocks without data count for nothing. */
  readonly isEvent: boolean
}

/** An event with the ID that it is sent with. */
export type IdentifiedEvent = Exclude<ScenarioEvent, string>

/** The events with their IDs: their own, or with `numbered` 1, 2, … for all but `[DONE]`. */
export const identify = (events: readonly ScenarioEvent[], numbered: boolean): IdentifiedEvent[] =>
  events.map((given, index) => {
    const event = typeof given === 'string' ? { data: given } : given
    return event.id !== undefined || !numbered || event.data === '[DONE]'
      ? event
      : { ...event, id: String(index + 1) }
  })

/** An event as the lines that say it [whatwg]. */
export function renderEvent({ id, event, data }: IdentifiedEvent): Uint8Array {
  const lines = [
    ...(id === undefined ? [] : [`id: ${id}`]),
    ...(event === undefined ? [] : [`event: ${event}`]),
    ...data.split(/\r\n|\r|\n/).map((line) => `data: ${line}`),
  ]
  return utf8.encode(`${lines.join('\n')}\n\n`)
}

export const eventBlock = (event: IdentifiedEvent): Block => ({ bytes: renderEvent(event), isEvent: true })

// Without the lookahead a CRLF would be read as two line ends, that is as a blank line.
const BLOCK = /[\s\S]*?(?:\r\n|\n|\r(?!\n)){2}|[\s\S]+$/g
const DATA = /(?:^|[\r\n])data(?:[:\r\n])/
const BLANK_LINE = /(?:\r\n|\n|\r(?!\n)){2}$/

/** The text of an event stream, cut after its blank lines. */
export const fixtureBlocks = (text: string): Block[] =>
  (text.match(BLOCK) ?? []).map((block) => ({
    bytes: utf8.encode(block),
    isEvent: DATA.test(block) && BLANK_LINE.test(block),
  }))

/** Cuts the blocks in two at a point: what is sent before it, and what is not. */
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
function indexAfter(blocks: readonly Block[], events: number): number {
  if (events === 0) return 0
  let seen = 0
  for (const [index, block] of blocks.entries()) {
    if (block.isEvent && ++seen === events) return index + 1
  }
  return blocks.length
}
