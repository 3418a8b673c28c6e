import type { Dialect } from '../dialects/dialect.ts'
import type { ResumeStep } from './strategy.ts'

const KEYS: Readonly<Record<ResumeStep<unknown>['type'], readonly string[]>> = {
  continue: ['type', 'request', 'unchecked'],
  replay: ['type', 'request', 'isSame'],
  append: ['type', 'request', 'overlap'],
  reset: ['type', 'request'],
}

export interface StepContext<T> {
  readonly strategy: string
  readonly dialect: Dialect<T>
  /** Whether the delivered values are there to compare with. */
  readonly hasValues: boolean
  readonly hasCursor: boolean
}

/**
 * A step comes from code of the caller's: one that could not be kept to would splice.
 *
 * @throws TypeError that says what is wrong with it
 */
export function checkStep<T>(step: ResumeStep<T>, context: StepContext<T>): void {
  const { strategy, dialect, hasValues, hasCursor } = context
  const refuse = (what: string): never => {
    throw new TypeError(`resume: the strategy "${strategy}" ${what}`)
  }
  const keys =
    typeof step === 'object' && step !== null && Object.hasOwn(KEYS, step.type) ? KEYS[step.type] : undefined
  if (keys === undefined) {
    refuse(`must return a step whose type is one of ${Object.keys(KEYS).join(', ')}, or undefined.`)
  }
  for (const key of Object.keys(step)) {
    if (keys?.includes(key) === false) {
      refuse(`returned a step "${step.type}" with an unknown "${key}"; there are ${keys.join(', ')}.`)
    }
  }
  if (step.type === 'append' && step.request === undefined) {
    refuse("asked for the rest with the config's own request, which begins anew.")
  }
  if (!hasValues && (step.type === 'replay' || (step.type === 'append' && step.overlap !== undefined))) {
    const doing = step.type === 'replay' ? 'replay' : 'trim an overlap'
    refuse(
      `cannot ${doing} without the delivered values: it has to set keeps, and to return undefined where at.values is undefined.`,
    )
  }
  if (step.type === 'continue' && step.unchecked !== true && !step.request && !hasCursor) {
    refuse('cannot continue without a request of its own: no cursor stands at the last value.')
  }
  if (step.type === 'append' && step.overlap !== undefined && !(dialect.text && dialect.withText)) {
    refuse(`cannot trim an overlap: ${dialect.name} has no text(value) and withText(value, text).`)
  }
}
