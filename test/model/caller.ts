import type { AttemptModel } from './attempt-model.ts'
import { isOther, type LegType } from './leg.ts'
import type { Entry, ErrorEntry, Unstamped } from './log.ts'
import type { Promised } from './promise-model.ts'
import { type Answer, isFeed, type Setup } from './setup.ts'
import type { Stand } from './stand.ts'
import type { Sent, Writer } from './wire.ts'

/** How the next attempt goes on; `nonsense` is none of the steps there are. */
export type ModelStep = Exclude<LegType, 'first'> | 'nonsense'

/** What a strategy has answered, at once or by a promise. */
export interface Answered {
  readonly step: ModelStep | undefined
  readonly promise: Promised | undefined
}

/** From so many places a rest is asked for. */
const MOST_CONTINUATIONS = 10

const NOTHING: Answered = { step: undefined, promise: undefined }

/** What `resume: 'auto'` answers without any code of the caller's. */
function answerOfAuto({ dialect }: Setup, stand: Stand): Answered {
  if (isFeed(dialect)) return { step: 'unchecked', promise: undefined }
  return stand.isExact ? { step: 'continue', promise: undefined } : NOTHING
}

/** What a strategy can say of the event after which the stream goes on. */
const afterCursor = ({ dialect }: Setup, stand: Stand): string | undefined =>
  isFeed(dialect) && !stand.isForeign ? stand.sendableCursor : stand.exactCursor

/** @param asked - how often it was asked before */
function answerOf(setup: Setup, stand: Stand, asked: number): Answered {
  const { name, answers } = setup.strategy
  const answer = answers[asked % answers.length]
  if (answer === undefined) return NOTHING
  const given = (step: ModelStep | undefined): Answered => ({
    step,
    promise: answer.later ? { outcome: undefined } : undefined,
  })
  const isKept = stand.kept !== undefined
  switch (name) {
    case 'firstOf':
      return {
        step: afterCursor(setup, stand) !== undefined ? 'continue' : isKept ? 'replay' : undefined,
        promise: undefined,
      }
    case 'restart':
      return { step: 'reset', promise: undefined }
    case 'replay':
      return { step: isKept ? 'replay' : undefined, promise: undefined }
    case 'continueWith':
      // The function decides what it asks for, not what becomes of it.
      if (!isKept || stand.continuations >= MOST_CONTINUATIONS) return NOTHING
      return given(answer.step === 'none' || isRefused(answer.step) ? stepOf(answer.step) : 'append')
    default: {
      const isImpossible =
        (answer.step === 'continue' && afterCursor(setup, stand) === undefined) ||
        (answer.step.startsWith('replay') && !isKept)
      return given(isImpossible ? undefined : stepOf(answer.step))
    }
  }
}

const isRefused = (step: Answer['step']): boolean => step === 'nonsense' || step === 'append the same'

const stepOf = (step: Answer['step']): ModelStep | undefined =>
  step === 'none' ? undefined : step === 'append the same' ? 'nonsense' : step

/** By which a `connecting` signal names the strategy, and what it has said. */
export function namesOf(
  { strategy, dialect }: Setup,
  step: ModelStep | undefined,
): { resume: string | undefined; step: string | undefined } {
  if (step === undefined) return { resume: undefined, step: undefined }
  const ofAuto = isFeed(dialect) ? 'reconnect' : 'fromCursor'
  const names: Readonly<Record<string, string>> = { auto: ofAuto, firstOf: 'firstOf(fromCursor, replay)' }
  return {
    resume: names[strategy.name] ?? strategy.name,
    step: step === 'unchecked' ? 'continue' : step.split(' ')[0],
  }
}

/** What a strategy is asked, and what it answers. */
export class StrategyModel {
  readonly #setup: Setup
  readonly #stand: Stand
  #asked = 0

  constructor(setup: Setup, stand: Stand) {
    this.#setup = setup
    this.#stand = stand
  }

  /** @param tell - returns whether the caller's own code lets it go on */
  ask(error: ErrorEntry, tell: (entry: Unstamped<Entry>) => boolean): Answered | undefined {
    const { name } = this.#setup.strategy
    const { events, kept } = this.#stand
    if (name === 'never') return undefined
    if (name === 'auto') return answerOfAuto(this.#setup, this.#stand)
    const isAsked = tell({
      type: 'asked',
      events,
      continuations: this.#stand.continuations,
      kept: name === 'restart' ? undefined : kept?.length,
      afterCursor: afterCursor(this.#setup, this.#stand),
      error,
    })
    return isAsked ? answerOf(this.#setup, this.#stand, this.#asked++) : undefined
  }
}

/** From where the next request says that it goes on. */
export function cursorOf(setup: Setup, stand: Stand, step: ModelStep | undefined): string | undefined {
  // A request of the caller's own says it itself.
  if (step !== undefined && step !== 'nonsense' && isOther(step)) return undefined
  if (step === 'replay' || step === 'reset') return setup.lastEventId || undefined
  if (stand.isForeign && stand.cursor !== setup.lastEventId) return undefined
  // Where the last ID cannot be asked for, and nothing was delivered, the one that was given still can.
  const isUnsendable = stand.cursor !== '' && stand.sendableCursor === undefined
  return isUnsendable && stand.events === 0 ? setup.lastEventId || undefined : stand.sendableCursor
}

/** The next request, but for the cursor. A request for the rest is another one, and has a key of its own. */
export function requestOf(
  { method, idempotencyKey }: Setup,
  stand: Stand,
  step: Exclude<ModelStep, 'nonsense'> | undefined,
): { type: 'request'; method: string; key: string | undefined; body: string | undefined } {
  const key = idempotencyKey === true ? 'random' : idempotencyKey || undefined
  if (step === undefined || !isOther(step)) return { type: 'request', method, key, body: undefined }
  const { events, place } = stand
  const body = step === 'append' ? `{"rest":${events}}` : '{"all":true}'
  const nth = key === undefined ? 1 : stand.numberOf(body)
  const own = nth === 1 ? `${key}-${place}` : `${key}-${place}-${nth}`
  return { type: 'request', method, key: key && own, body }
}

/** What a server goes by that knows what it has sent; before the attempt, what the next one will be asked for. */
export class ModelWriter implements Writer {
  readonly dialect: Setup['dialect']
  readonly isReplay: boolean
  readonly begin: string
  readonly hasIds: boolean
  readonly #stand: Stand
  readonly #past: readonly Sent[]
  readonly #serial: () => number
  #owed: readonly Sent[]

  constructor(
    { dialect, hasIds, strategy, lastEventId }: Setup,
    stand: Stand,
    attempt: AttemptModel | undefined,
    serial: () => number,
  ) {
    this.dialect = dialect
    this.begin = lastEventId
    // On a wire without IDs `auto` comes no further than the first value.
    this.hasIds = hasIds || (strategy.name === 'auto' && stand.events > 0)
    this.isReplay = attempt?.isReplay ?? (strategy.name === 'replay' && stand.events > 0)
    this.#stand = stand
    this.#owed = attempt?.owed ?? (this.isReplay ? stand.delivered : [])
    this.#past = attempt?.past ?? []
    this.#serial = serial
  }

  next(): number {
    return this.#serial()
  }

  oldId(): string | undefined {
    const { ids } = this.#stand
    return ids[Math.floor(ids.length / 2)]
  }

  firstData(): string | undefined {
    return this.#stand.firstData
  }

  due(): Sent | undefined {
    const [due, ...rest] = this.#owed
    this.#owed = rest
    return due
  }

  goBack(): void {
    if (this.#owed.length > 0) return
    const from = this.#serial() % Math.max(1, this.#past.length)
    const place = this.#past.findIndex(({ id }, index) => index >= from && id !== undefined && id !== '')
    if (place !== -1) this.#owed = this.#past.slice(place)
  }
}
