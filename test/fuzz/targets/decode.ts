import { EventDecoder, type Leftover } from '../../../src/decode/event-decoder.ts'
import { cutAt } from '../../fixtures/in-memory.ts'
import { parseReference, type Reference, type ReferenceEntry } from '../../fixtures/reference-parser.ts'
import type { FuzzInput } from '../fuzz-input.ts'
import { hold, shown } from '../mismatch.ts'
import { Random } from '../random.ts'

type Entry =
  | {
      readonly type: 'event'
      readonly id: string | undefined
      readonly event: string | undefined
      readonly data: string
    }
  | { readonly type: 'id'; readonly id: string }
  | { readonly type: 'retry'; readonly ms: number }
  | { readonly type: 'unknown'; readonly field: string; readonly value: string }

export interface Decoded {
  readonly entries: readonly Entry[]
  readonly isTooLarge: boolean
  readonly leftover: Leftover | undefined
}

export function decode(body: Uint8Array, offsets: readonly number[], limit: number): Decoded {
  const entries: Entry[] = []
  let isTooLarge = false
  const decoder = new EventDecoder(
    {
      onEvent: ({ id, event, data }) => entries.push({ type: 'event', id, event, data }),
      onIdOnly: (id) => entries.push({ type: 'id', id }),
      onRetry: (ms) => entries.push({ type: 'retry', ms }),
      onUnknownField: (field, value) => entries.push({ type: 'unknown', field, value }),
      onTooLarge: () => {
        isTooLarge = true
      },
    },
    limit,
  )
  // `slice` of a Buffer is no copy.
  for (const chunk of cutAt(new Uint8Array(body), offsets)) {
    decoder.push(chunk)
    // A chunk is the decoder's during the call only.
    chunk.fill(0x78)
  }
  return { entries, isTooLarge, leftover: decoder.finish() }
}

const inWordsOfOurs = (entry: ReferenceEntry): Entry => {
  switch (entry.type) {
    case 'event':
      return { type: 'event', id: entry.id, event: entry.event, data: entry.data }
    case 'id':
      return { type: 'id', id: entry.id }
    case 'retry':
      return { type: 'retry', ms: entry.ms }
    case 'unknown':
      return { type: 'unknown', field: entry.field, value: entry.value }
  }
}

const inOrder = (entries: readonly Entry[]): string =>
  shown(entries.filter(({ type }) => type !== 'retry').map((entry) => Object.values(entry)))
const times = (entries: readonly Entry[]): string =>
  entries.map((entry) => (entry.type === 'retry' ? entry.ms : '')).join()

/** The decoder finds what the reference finds, however the bytes are cut. */
export function runDecode({ seed, body }: FuzzInput): string {
  const reference = parseReference(body)
  const { entries, isTooLarge, leftover } = decode(body, new Random(seed).offsets(body.length), 1 << 24)
  hold(!isTooLarge, 'nothing here is too large')
  const expected = reference.entries.map(inWordsOfOurs)
  hold(
    inOrder(entries) === inOrder(expected),
    'the entries are those of the reference',
    () => `${inOrder(entries)} for ${inOrder(expected)}`,
  )
  const retries = ({ type }: Entry): boolean => type === 'retry'
  hold(
    times(entries.filter(retries)) === times(expected.filter(retries)),
    'the reconnection times are those of the reference',
    () => `${times(entries)} for ${times(expected)}`,
  )
  checkLeftover(leftover, reference)
  return `${entries.map(({ type }) => type[0]).join('')} ${leftover?.cut}`.slice(0, 24)
}

function checkLeftover(leftover: Leftover | undefined, reference: Reference): void {
  const { pending, cutCharacter, unfinished } = reference
  if (cutCharacter) hold(leftover?.cut === 'character', 'a cut character is told', () => shown(leftover))
  else
    hold((leftover?.cut === 'event') === unfinished, 'a cut event is told, and nothing else', () =>
      shown({ leftover, pending }),
    )
  const due = eventIn(pending)
  hold(
    shown(leftover?.event) === shown(due),
    'the unfinished event is what stands there',
    () => `${shown(leftover?.event)} for ${shown(due)}`,
  )
  if (leftover === undefined) return
  hold(leftover.isOpen === (pending.line !== ''), 'an open line is told', () => shown({ leftover, pending }))
  hold(leftover.preview.length <= 201 * 4, 'the preview is short')
  const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/
  hold(!unsafe.test(leftover.preview), 'the preview holds no control characters', () => leftover.preview)
}

/** As if a blank line had come; without a type or an ID whose line may have been cut. */
function eventIn({ data, event, id, line }: Reference['pending']) {
  const colon = line.indexOf(':')
  const name = colon === -1 ? line : line.slice(0, colon)
  const isCut = (field: string): boolean =>
    name !== '' && (colon === -1 ? field.startsWith(name) : field === name)
  const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '')
  const whole = name === 'data' ? (data === undefined ? value : `${data}\n${value}`) : data
  if (whole === undefined) return undefined
  return { id: isCut('id') ? undefined : id, event: isCut('event') ? undefined : event, data: whole }
}

/** With a limit: nothing beyond it is delivered, nothing within it is refused, and how it is cut decides neither. */
export function runLimit({ seed, body }: FuzzInput): string {
  const random = new Random(seed)
  const limit = random.pick([1, 3, 8, 20, 64, 200])
  const whole = decode(body, [], limit)
  const cut = decode(body, random.offsets(body.length), limit)
  const delivered = (decoded: Decoded): string =>
    shown(decoded.entries.filter(({ type }) => type === 'event').map((entry) => Object.values(entry)))
  hold(
    delivered(whole) === delivered(cut) && whole.isTooLarge === cut.isTooLarge,
    'how the bytes are cut does not decide what is too large',
    () => `${delivered(whole)} ${whole.isTooLarge} for ${delivered(cut)} ${cut.isTooLarge}, limit ${limit}`,
  )
  const due: Entry[] = []
  for (const entry of parseReference(body).entries) {
    if (entry.type !== 'event') continue
    if (entry.data.length + (entry.id?.length ?? 0) + (entry.event?.length ?? 0) > limit) break
    due.push(inWordsOfOurs(entry))
  }
  const events = cut.entries.filter(({ type }) => type === 'event')
  hold(
    shown(events) === shown(due.slice(0, events.length)),
    'what is delivered are the first events, none beyond the limit',
    () => `${shown(events)} for ${shown(due)}, limit ${limit}`,
  )
  hold(
    cut.isTooLarge || events.length === due.length,
    'nothing within the limit is lost in silence',
    () => `${events.length} of ${due.length}, limit ${limit}`,
  )
  const longest = Math.max(
    ...Buffer.from(body)
      .toString()
      .split(/[\r\n]/)
      .map((line) => line.length),
  )
  // The name of a field, and what stands around it, are not the event's.
  const isRefusedByLine = longest > limit + 64
  if (cut.isTooLarge && events.length < due.length)
    hold(isRefusedByLine, 'what is within the limit is not refused', () => `limit ${limit}`)
  return `limit ${limit} ${cut.isTooLarge} ${Math.min(9, events.length)}`
}
