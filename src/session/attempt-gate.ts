import type { Dialect } from '../dialects/dialect.ts'
import { isSameStructure } from '../dialects/same.ts'
import { BeginningGate } from './beginning-gate.ts'
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
  /** The same was delivered again, to its end. */
  readonly catchesUp: () => void
  /** Of the config: an answer that begins anew begins with it. */
  readonly lastEventId: string
}

type GateOf<T> = (deliver: Deliver<T>) => Gate<T>

/** What the values of an attempt have to pass that takes this step; nothing if they need not. */
export function gateFor<T>(
  step: ResumeStep<T> | undefined,
  { dialect, progress, transcript, mayBeginAnew, mayRepeat, voids, catchesUp, lastEventId }: GateContext<T>,
): GateOf<T> | undefined {
  const hasPrelude = mayRepeat && dialect.isContent !== undefined && dialect.endless !== true
  const prelude = hasPrelude ? (deliver: Deliver<T>) => new PreludeGate(progress, deliver) : undefined
  /** Of an answer to the config's own request, which asks for what follows its `lastEventId`. */
  const watched = (gate: GateOf<T> | undefined): GateOf<T> | undefined =>
    lastEventId !== '' && dialect.endless !== true && step?.request === undefined
      ? (deliver) => new BeginningGate(progress, deliver, lastEventId, gate?.(deliver))
      : gate
  switch (step?.type) {
    case undefined:
      return progress.cursor === lastEventId ? watched(prelude) : prelude
    case 'continue':
      return step.unchecked === true
        ? undefined
        : (deliver) =>
            new CursorGate(progress, deliver, mayBeginAnew, dialect.endless === true ? '' : lastEventId)
    case 'replay': {
      const isSame = step.isSame?.bind(step) ?? dialect.isSame?.bind(dialect) ?? isSameStructure
      return watched(
        (deliver) =>
          new ReplayGate(progress, deliver, transcript?.values ?? [], isSame, lastEventId, catchesUp),
      )
    }
    case 'append': {
      const { overlap } = step
      return overlap === undefined
        ? prelude
        : (deliver) => new OverlapGate(progress, deliver, dialect, transcript?.text ?? '', overlap)
    }
    case 'reset':
      return watched((deliver) => new PreludeGate(progress, deliver, { voids, lastEventId }))
  }
}
