/** Deadlines of one attempt, in milliseconds; `Infinity` where switched off. `total` belongs to the session. */
export interface Timeouts {
  readonly connect: number
  readonly first: number
  readonly idle: number
  readonly stall: number
  readonly total: number
}

/** When things happened, on a clock that only goes forward. */
export interface AttemptTimes {
  startedAt: number
  /** When the connection was begun: with the attempt, or after a redirect. */
  connectingAt: number
  connected: boolean
  /** When the head came; `undefined` before. */
  headAt: number | undefined
  /** The last byte of the body, or the head. */
  lastByteAt: number
  /** The last value that the dialect counts as content; `undefined` before the first. */
  lastContentAt: number | undefined
}

export type DeadlineName = 'connect' | 'first' | 'idle' | 'stall'

export interface Deadline {
  readonly name: DeadlineName
  readonly at: number
}

/**
 * The next deadline of an attempt, or nothing if all that apply are off.
 *
 * `connect` runs until the connection stands; `first` until the first content; `idle` from the head on, from the last
 * byte; `stall` from the last content on, or from the head where `first` is off.
 */
export function nextDeadline(times: AttemptTimes, timeouts: Timeouts): Deadline | undefined {
  let name: DeadlineName | undefined
  let at = Number.POSITIVE_INFINITY
  const consider = (candidate: DeadlineName, candidateAt: number): void => {
    if (candidateAt < at) {
      name = candidate
      at = candidateAt
    }
  }
  if (!times.connected) consider('connect', times.connectingAt + timeouts.connect)
  if (times.lastContentAt === undefined) consider('first', times.startedAt + timeouts.first)
  if (times.headAt !== undefined) {
    consider('idle', times.lastByteAt + timeouts.idle)
    if (times.lastContentAt !== undefined) consider('stall', times.lastContentAt + timeouts.stall)
    else if (timeouts.first === Number.POSITIVE_INFINITY) consider('stall', times.headAt + timeouts.stall)
  }
  return name === undefined ? undefined : { name, at }
}
