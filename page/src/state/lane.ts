import type { Attempt } from '../wire/types.ts'

/** Milliseconds to pixels. */
export type Scale = (at: number) => number

/** Steps of an axis that people read easily, in milliseconds. */
const STEPS = [50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000]

/** The places of an axis' labels: as many as fit `width` pixels. */
export function axisTicks(total: number, width: number, perLabel = 64): readonly number[] {
  const most = Math.max(1, Math.floor(width / perLabel))
  const step =
    STEPS.find((candidate) => total / candidate <= most) ?? Math.ceil(total / most / 600_000) * 600_000
  const ticks: number[] = []
  for (let at = 0; at <= total; at += step) ticks.push(at)
  return ticks
}

/** `0`, `0.5 s`, `12 s`, `2 min` */
export const axisLabel = (at: number): string =>
  at === 0 ? '0' : at < 60_000 ? `${at / 1000} s` : `${Math.round(at / 6000) / 10} min`

/** The drawing of what an attempt brought, as paths of SVG: a mark for each event, or for as many as fall on one pixel. */
export interface Marks {
  readonly delivered: string
  /** Repeated by the server and passed over. */
  readonly passed: string
  /** Bytes that were no value: comments, heads of events. */
  readonly noise: string
}

const MIDDLE = 14
const APART = 2

export function marksOf(beats: Attempt['beats'], scale: Scale): Marks {
  const paths = { delivered: '', passed: '', noise: '' }
  const lastAt = { delivered: -APART, passed: -APART, noise: -APART }
  const isSparse = areSparse(beats, scale)
  for (const { at, values, passed } of beats) {
    const kind = values > 0 ? 'delivered' : passed > 0 ? 'passed' : 'noise'
    const x = Math.round(scale(at) * 2) / 2
    if (x - lastAt[kind] < APART) continue
    lastAt[kind] = x
    if (kind === 'noise') paths.noise += `M${x} ${MIDDLE - 1.5}v3`
    else if (isSparse) paths[kind] += `M${x - 3} ${MIDDLE}a3 3 0 1 0 6 0a3 3 0 1 0-6 0`
    else {
      const half = Math.min(9, 4 + Math.log2(Math.max(values, passed)))
      paths[kind] += `M${x} ${MIDDLE - half}v${2 * half}`
    }
  }
  return paths
}

/** Marbles where they do not touch each other, else strokes. */
function areSparse(beats: Attempt['beats'], scale: Scale): boolean {
  const first = beats[0]
  const last = beats.at(-1)
  if (first === undefined || last === undefined) return true
  return (scale(last.at) - scale(first.at)) / beats.length >= 8
}

/** Where the attempt stands when, for its drawing. */
export interface Lane {
  readonly start: number
  /** From here on the connection stood, or the head had come. */
  readonly head: number
  readonly end: number
  /** Silence behind the last byte. */
  readonly quietFrom: number | undefined
  readonly wait: { readonly from: number; readonly until: number; readonly due: number } | undefined
}

const QUIET_MS = 600

export function laneOf(attempt: Attempt, now: number): Lane {
  const { startedAt, headAt, lastByteAt, ended, wait } = attempt
  const end = ended?.at ?? now
  const heard = lastByteAt ?? headAt
  return {
    start: startedAt,
    head: headAt ?? end,
    end,
    quietFrom: heard !== undefined && end - heard > QUIET_MS ? heard : undefined,
    wait: wait && {
      from: wait.from,
      until: Math.min(wait.endedAt ?? now, Math.max(wait.until, now)),
      due: wait.until,
    },
  }
}
