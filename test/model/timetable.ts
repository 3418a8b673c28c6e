import type { AttemptModel } from './attempt-model.ts'
import type { DeadlineName } from './deadline-model.ts'
import type { Entry, ErrorEntry } from './log.ts'
import type { Model } from './model.ts'

/** By what a missed deadline is known, before the head and after it. */
const TOLD_AS: Readonly<Record<DeadlineName, readonly string[]>> = {
  connect: ['connect_timeout'],
  first: ['response_timeout', 'first'],
  idle: ['idle'],
  stall: ['stalled'],
}

/** A timer may be a millisecond early, and gives what was waiting to be read a turn of the event loop. */
const EARLY_MS = 1
const LATE_MS = 2

/** What a timer does shows by the first of these. */
const isTelling = ({ type }: Entry): boolean => !['value', 'cursor', 'reset'].includes(type)

/** A timer has fired, and these entries came of it: was it time for them? */
export function timerFired(model: Model, entries: readonly Entry[]): void {
  const { attempt, now, endsAt, promises } = model
  // Nothing shows when the wait is over, but a promise of the strategy's is not yet there.
  const isOver = model.phase === 'waiting' && (model.wait?.dueAt ?? Number.POSITIVE_INFINITY) <= now
  if (entries.length === 0) {
    if (isOver) model.waited()
    return
  }
  const told = entries.find(isTelling)
  const error = told !== undefined && 'error' in told ? told.error : undefined
  const isTotal = told === undefined ? now >= endsAt : error?.code === 'deadline_exceeded'
  if (isTotal) {
    if (now < endsAt) throw new Error('timeout.total has not passed yet')
    model.miss('total')
  } else if (model.phase === 'waiting') {
    if (!isOver) throw new Error('goes on before it is time')
    model.waited()
  } else if (promises.dueAt !== undefined) {
    if (now < promises.dueAt) throw new Error('a promise may take longer')
    model.miss('promise')
  } else if (attempt === undefined) {
    throw new Error('there is nothing to wait for')
  } else if (attempt.errorBody !== undefined) {
    if (now < attempt.errorBody.dueAt) throw new Error('an error page may take longer')
    attempt.endErrorBody()
  } else {
    deadlinePassed(model, attempt, error)
  }
}

function deadlinePassed(model: Model, attempt: AttemptModel, error: ErrorEntry | undefined): void {
  // Of several that are due the log says which; not where the last words of the stream have decided.
  const isTold = (name: DeadlineName): boolean =>
    [error?.reason, error?.code].some((word) => word !== undefined && TOLD_AS[name].includes(word))
  const due = attempt.deadlines.running.filter(({ at }) => at <= attempt.deadlines.time + EARLY_MS)
  const told = due.find(({ name }) => isTold(name))
  if (told === undefined && model.doubt.isDead(model.now, model.paused, attempt)) {
    attempt.presumeDead()
  } else if (due[0] === undefined) throw new Error('no deadline has passed yet')
  else attempt.miss((told ?? due[0]).name)
}

/** All timers that are due have fired: has anything been forgotten? */
export function checkNothingOverdue(model: Model): void {
  if (model.phase === 'ended') return
  const { now, attempt } = model
  if (model.endsAt <= now) throw new Error('timeout.total has passed')
  if (model.phase === 'waiting' && (model.wait?.dueAt ?? now + 1) <= now) throw new Error('the wait is over')
  if ((model.promises.dueAt ?? now + 1) <= now) throw new Error('a promise takes too long')
  if (attempt !== undefined) {
    if (model.doubt.isDead(now, model.paused, attempt))
      throw new Error('a connection that is dead is believed to live')
    if (attempt.errorBody !== undefined && attempt.errorBody.dueAt <= now)
      throw new Error('the error page takes too long')
    const [nearest] = attempt.deadlines.running
    const isOverdue = nearest !== undefined && nearest.at + LATE_MS <= attempt.deadlines.time
    if (isOverdue && attempt.touchedAt + LATE_MS <= now) throw new Error(`timeout.${nearest.name} has passed`)
  }
  model.doubt.settle(now, model.paused, attempt)
}

/** How many timers there may be. */
export function timersOf(model: Model): { readonly least: number; readonly most: number } {
  const { phase, attempt, wait, promises } = model
  if (phase === 'ended') return { least: 0, most: 0 }
  const total = model.endsAt === Number.POSITIVE_INFINITY ? 0 : 1
  const most = total + model.doubt.timers
  const isOne = (at: number | undefined): number =>
    at === undefined || at === Number.POSITIVE_INFINITY ? 0 : 1
  if (attempt === undefined) {
    const own = isOne(phase === 'waiting' ? wait?.dueAt : promises.dueAt)
    return { least: total + own, most: most + own }
  }
  if (attempt.errorBody !== undefined) return { least: total + 1, most: most + 1 }
  if (attempt.deadlines.isPaused) return { least: total, most }
  // The timer of a deadline that was met may still be there.
  return { least: total + Math.min(1, attempt.deadlines.running.length), most: most + 1 }
}
