import { DEATHS, type Death, type Playback } from './dialect-checks-play.ts'
import {
  difference,
  endingOf,
  endingsProblem,
  type Stream,
  valuesDifference,
} from './dialect-checks-stream.ts'
import { type Found, report } from './dialect-checks-words.ts'

/**
 * Cut after every byte, by one kind of death after another; by all of them where they could differ, between two events, and
 * where the stream completes.
 */
export function cutProblem(stream: Stream): string | undefined {
  const found: Found[] = []
  const { bytes } = stream.body
  for (let cut = 0; cut <= bytes.length; cut++) {
    const piece = bytes.slice(0, cut)
    const seen = new Map<Death, Playback>()
    const play = (death: Death): Playback => {
      const playback = stream.play([piece], death)
      seen.set(death, playback)
      const problem = lieOf(stream, cut, death, playback)
      if (problem !== undefined) found.push({ offset: cut, how: `cut by a ${death} after`, problem })
      return playback
    }
    const first = DEATHS[cut % DEATHS.length] as Death
    const isBetween = stream.body.endOfBlock(cut) === cut
    if (!(play(first).completed || isBetween)) continue
    for (const death of DEATHS) if (death !== first) play(death)
    const problem = unequal(stream, cut, seen)
    if (problem !== undefined) found.push({ offset: cut, how: 'cut after', problem })
  }
  return report(bytes, found)
}

/** Only `isWhole` may tell one kind of death from another, and only a clean one from the rest. */
function unequal(stream: Stream, cut: number, seen: ReadonlyMap<Death, Playback>): string | undefined {
  const completing = DEATHS.filter((death) => seen.get(death)?.completed === true)
  if (completing.length === 0 || completing.length === DEATHS.length) return undefined
  const isWholeAsked = stream.dialect().isWhole !== undefined && stream.body.leftover(cut) === undefined
  if (isWholeAsked && completing.length === 1 && completing[0] === 'clean end') return undefined
  const others = DEATHS.filter((death) => !completing.includes(death))
  return `completes by a ${completing.join(', a ')}, but not by a ${others.join(', a ')}: only isWhole(memory, cleanly) may tell them apart, and only a clean end from the others`
}

function lieOf(stream: Stream, cut: number, death: Death, seen: Playback): string | undefined {
  const { whole } = stream
  const endings = endingsProblem(seen)
  if (endings !== undefined) return endings
  if (whole.endedAt !== undefined && cut >= whole.endedAt) {
    const other = difference(whole, seen)
    return other && `${other}, though the end of the stream had come before`
  }
  const due = dueAt(stream, cut)
  if (seen.completed) return falseComplete(stream, cut, death, seen, due)
  const values = valuesDifference(whole.values.slice(0, due), seen.values)
  if (values !== undefined) return values
  const { error } = seen
  if (error === undefined) return 'neither completes nor errors'
  if (error.events !== due) return `has error.events ${error.events}, and ${due} values were delivered`
  if (error.bytes > cut) return `has error.bytes ${error.bytes}`
  if (error.kind === 'stream_terminated') return undefined
  if (error.kind === 'request_failed') return `ends with ${endingOf(seen)}, though a response had come`
  if (!isInLastBlock(stream, cut))
    return `ends with ${endingOf(seen)}: cut there, an event is an error that is none once it is whole`
  const other = difference(whole, seen)
  return (
    other &&
    `${other}: an error that was cut was taken for whole. Where an error is text, let \`payload\` be that text, and it is only told when it is whole`
  )
}

/** How many values the bytes before the cut hold. */
function dueAt({ whole, body }: Stream, cut: number): number {
  if (!body.isJson) return whole.valueAt.filter((at) => at <= cut).length
  return cut > 0 && body.leftover(cut) === undefined ? whole.values.length : 0
}

function falseComplete(
  stream: Stream,
  cut: number,
  death: Death,
  seen: Playback,
  due: number,
): string | undefined {
  const { whole, body } = stream
  if (stream.dialect().isWhole !== undefined && body.leftover(cut) === undefined) {
    if (cut === 0 && death !== 'clean end') return 'completes by its isWhole, though nothing had come'
    return valuesDifference(whole.values.slice(0, due), seen.values)
  }
  if (!isInLastBlock(stream, cut))
    return 'completes before its end marker: cut there, an event is a marker that is none once it is whole'
  if (!whole.completed) return `completes, and the whole stream ends with ${endingOf(whole)}`
  const values = valuesDifference(whole.values, seen.values)
  return values && `completes, and ${values}: the value of an end marker that was cut was taken for whole`
}

/** In the block that, once it is whole, ends the stream. */
function isInLastBlock({ whole, body }: Stream, cut: number): boolean {
  const isMarked =
    body.isJson || whole.endedAt !== undefined || body.leftover(body.bytes.length) !== undefined
  return isMarked && body.blockBefore(cut) === body.blockBefore(whole.endedAt ?? body.bytes.length)
}
