import { isDeepStrictEqual } from 'node:util'
import type { FuzzInput } from '../fuzz-input.ts'
import { hold, shown } from '../mismatch.ts'
import { type Expected, expectedOf } from '../model.ts'
import { DEATHS, type Death, EVENT_STREAM, play, type Seen } from '../play.ts'
import { Random } from '../random.ts'
import { wireNamed } from '../wires.ts'

const HEAD = { status: 200, header: (name: string) => EVENT_STREAM.get(name) }

/** One response, in any pieces, that ends in any way: the values and the ending are those that its bytes prove. */
export function runEnding({ wire, seed, body }: FuzzInput): string {
  const random = new Random(seed)
  const dialect = wireNamed(wire)
  const death = random.pick(DEATHS)
  const offsets = random.offsets(body.length)
  const expected = expectedOf(dialect, HEAD, body)
  const seen = play(dialect, { retry: false }, () => ({
    status: 200,
    headers: EVENT_STREAM,
    body,
    offsets,
    death,
  }))
  hold(seen.requests.length === 1, 'one request')
  checkEnding(expected, seen, death)
  return `${seen.completed ? 'complete' : `${seen.error?.code} ${reasonOf(seen)}`} ${expected.end} ${death} ${Math.min(5, seen.values.length)}`
}

const reasonOf = ({ error }: Seen): string => (error?.kind === 'stream_terminated' ? error.reason : '')

function checkEnding(expected: Expected, seen: Seen, death: Death): void {
  const { values, end, cursor, mayProve, isWhole } = expected
  const { error, completed } = seen
  const how = (): string => shown({ end, death, error, completed, values: seen.values, expected: values })
  // A marker that is a value too may lack its blank line: it is one value more.
  const isOneMore = completed && end === 'open' && mayProve.done && seen.values.length === values.length + 1
  const delivered = isOneMore ? seen.values.slice(0, -1) : seen.values
  hold(isDeepStrictEqual(delivered, values), 'the values are those of the events', how)
  if (end === 'done') hold(completed, 'an end marker completes', how)
  else if (end === 'failed') hold(error?.kind === 'stream_error', 'a reported error is told', how)
  else if (end === 'malformed') hold(error?.code === 'malformed_event', 'what cannot be read is told', how)
  else if (completed) {
    const whole = death === 'clean' ? isWhole.cleanly : isWhole.otherwise
    hold(whole || mayProve.done, 'complete only if the bytes prove it', how)
  } else if (error?.kind === 'stream_error') hold(mayProve.failed, 'no error that nobody reported', how)
  else checkReason(expected, seen, death, how)
  if (error !== undefined) {
    const got = error.lastEventId ?? ''
    const mayBeTakenBack = end === 'open' && error.kind !== 'stream_error' && got === expected.cursorBefore
    hold(got === cursor || mayBeTakenBack, 'lastEventId is the last one that counts', () =>
      shown({ got, cursor, how: how() }),
    )
  }
}

const REASONS: Readonly<Record<Exclude<Death, 'clean' | 'encoding'>, string>> = {
  closed: 'socket_closed',
  reset: 'socket_reset',
  stall: 'idle',
  length: 'content_length',
}

function checkReason({ reference }: Expected, seen: Seen, death: Death, how: () => string): void {
  if (death === 'encoding') {
    hold(seen.error?.code === 'unsupported_encoding', 'a coding has its own code', how)
    return
  }
  const clean = reference.cutCharacter ? 'cut_character' : reference.unfinished ? 'cut_event' : 'clean_end'
  hold(reasonOf(seen) === (death === 'clean' ? clean : REASONS[death]), 'the reason is what happened', how)
}
