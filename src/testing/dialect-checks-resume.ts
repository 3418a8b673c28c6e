import type { Body } from './dialect-checks-body.ts'
import { planFor } from './dialect-checks-plan.ts'
import { type CursorMark, Playback } from './dialect-checks-play.ts'
import { difference, endingOf, type Stream } from './dialect-checks-stream.ts'
import { type Found, report } from './dialect-checks-words.ts'

const RETRIES = 3

/**
 * Closed in each event and between any two, and answered with what follows the event that the next request goes on after:
 * where there is such a request, each value comes once.
 */
export function resumeProblem(stream: Stream): string | undefined {
  const { whole, body } = stream
  if (!whole.completed) return undefined
  const found: Found[] = []
  for (const cut of cutsOf(body)) {
    const problem = resumedAt(stream, cut)
    if (problem !== undefined) found.push({ offset: cut, how: 'closed after', problem })
  }
  return report(body.bytes, found) ?? reloadProblem(stream)
}

/** Of each block its beginning, its middle, where its blank line is missing, and its end. */
function cutsOf(body: Body): Set<number> {
  const cuts = new Set([0])
  for (let at = 0; at < body.bytes.length; ) {
    const end = body.endOfBlock(at + 1)
    for (const cut of [at + 1, (at + end) >> 1, end - 1, end]) cuts.add(cut)
    at = end
  }
  return cuts
}

function resumedAt(stream: Stream, cut: number): string | undefined {
  const { whole, body, setting } = stream
  const playback = new Playback(planFor(stream.dialect(), setting, { retry: RETRIES }), setting)
  playback.push(body.bytes.slice(0, cut))
  playback.end('close')
  // Without a request the error is the caller's: what it says is checked where the stream is cut without retries.
  if (!playback.wait())
    return playback.error?.code === 'request_setup_failed' ? notAsked(playback, 'resume') : undefined
  const cursor = playback.lastEventId
  const at = cursor === undefined ? 0 : placeOf(whole.cursors, cursor, cut)
  if (at === undefined) return undefined
  playback.push(body.bytes.slice(at === 0 ? 0 : body.endOfBlock(at)))
  playback.end('clean end')
  const after = cursor === undefined ? 'repeated' : `asked to go on after event ${JSON.stringify(cursor)}`
  if (playback.endings === 0) {
    // An empty answer proves nothing on a wire without a marker: that the rest was lost looks the same.
    const isNothingLeft =
      stream.dialect().isWhole !== undefined && playback.values.length === whole.values.length
    return isNothingLeft ? undefined : `and ${after}, is not whole with what follows`
  }
  // A server that begins anew cannot be told from one whose next event has no ID: the core is honest about it.
  const mayBeAnew =
    cursor !== undefined &&
    playback.error?.code === 'resume_mismatch' &&
    !hasOwnId(whole, playback.values.length)
  const problem = mayBeAnew ? undefined : difference(whole, playback)
  return problem && `and ${after}, ${problem}`
}

/** Where the last event came with this ID, of those before the cut. */
const placeOf = (cursors: readonly CursorMark[], cursor: string, cut: number): number | undefined =>
  cursors.findLast((mark) => mark.at <= cut && mark.cursor === cursor)?.at

/** Of the value with this index: with one of its own the cursor stands right at it. */
const hasOwnId = ({ valueAt, cursors }: Playback, index: number): boolean =>
  cursors.some(({ at }) => at === valueAt[index])

const notAsked = (playback: Playback, by: string): string => {
  const cause = playback.error?.cause
  return `cannot be asked again: ${by} ${cause instanceof Error ? `throws ${cause.name}: ${cause.message}` : endingOf(playback)}`
}

/** With a cursor of another page's: nothing is remembered then. */
function reloadProblem(stream: Stream): string | undefined {
  const { whole, setting } = stream
  for (const cursor of new Set(whole.cursors.map((mark) => mark.cursor))) {
    const playback = new Playback(planFor(stream.dialect(), setting, { lastEventId: cursor }), setting)
    const { error } = playback
    if (error?.code !== 'request_setup_failed' || /cannot begin at a lastEventId/.test(error.message))
      continue
    return `with the lastEventId ${JSON.stringify(cursor)} of a config, before anything is remembered, it ${notAsked(playback, 'resume')}`
  }
  return undefined
}
