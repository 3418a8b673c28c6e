import type { Dialect } from '../dialects/dialect.ts'
import { isSameStructure } from '../dialects/same.ts'
import { CursorGate } from './cursor-gate.ts'
import type { Deliver, Gate } from './gate.ts'
import { OverlapGate } from './overlap-gate.ts'
import { PreludeGate } from './prelude-gate.ts'
import type { Progress } from './progress.ts'
import { ReplayGate } from './replay-gate.ts'
import type { ResumeStep } from './strategy.ts'
import type { Transcript } from './transcript.ts'

export interface GateContext<T> {
  readonly dialect: Dialect<T>
  readonly progress: Progress
  readonly transcript: Transcript<T> | undefined
  /** The request is no mere retrieval: a server may carry it out again. */
  readonly mayBeginAnew: boolean
  /** Whether another attempt may follow: without one there is nothing to hold back for. */
  readonly mayRepeat: boolean
  /** What was delivered is void. */
  readonly voids: () => void
  /** Of the config: an answer that begins anew begins with it. */
  readonly lastEventId: string
}

/** What the values of an attempt have to pass that takes this step; nothing if they need not. */
export function gateFor<T>(
  step: ResumeStep<T> | undefined,
  { dialect, progress, transcript, mayBeginAnew, mayRepeat, voids, lastEventId }: GateContext<T>,
): ((deliver: Deliver<T>) => Gate<T>) | undefined {
  const hasPrelude = mayRepeat && dialect.isContent !== undefined && dialect.endless !== true
  const prelude = hasPrelude ? (deliver: Deliver<T>) => new PreludeGate(progress, deliver) : undefined
  switch (step?.type) {
    case undefined:
      return prelude
    case 'continue':
      return step.unchecked === true
        ? undefined
        : (deliver) => new CursorGate(progress, deliver, mayBeginAnew)
    case 'replay': {
      const isSame = step.isSame?.bind(step) ?? dialect.isSame?.bind(dialect) ?? isSameStructure
      return (deliver) => new ReplayGate(progress, deliver, transcript?.values ?? [], isSame, lastEventId)
    }
    case 'append': {
      const { overlap } = step
      return overlap === undefined
        ? prelude
        : (deliver) => new OverlapGate(progress, deliver, dialect, transcript?.text ?? '', overlap)
    }
    case 'reset':
      return (deliver) => new PreludeGate(progress, deliver, { voids, lastEventId })
  }
}
