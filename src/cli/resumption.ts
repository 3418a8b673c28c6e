import { fromCursor, type ResumeStrategy, replay } from '../index.ts'
import type { GivenOptions } from './options.ts'
import { UsageError } from './usage.ts'

/** How a stream goes on after its first event. */
export interface Resumption {
  readonly resume: 'auto' | 'never' | ResumeStrategy
  /** How many events the request under way, or the next, gets once more; `undefined` if it goes on after them. */
  repeats(): number | undefined
}

/** By its IDs where that can be, else by asking for it once more. Knows the way of one stream at a time. */
function cursorElseReplay(): Resumption {
  const cursor = fromCursor()
  const again = replay()
  let repeated: number | undefined
  return {
    resume: {
      ...again,
      // As the signal of the request shows it.
      get name() {
        return repeated === undefined ? cursor.name : again.name
      },
      resume(at) {
        const step = cursor.resume(at)
        repeated = step === undefined ? at.events : undefined
        return step ?? again.resume(at)
      },
    },
    repeats: () => repeated,
  }
}

/** @throws UsageError if the options contradict each other */
export function resumptionOf(options: GivenOptions, endless: boolean): Resumption {
  const never = options.has('no-resume')
  if (!options.has('resume-by-replay')) {
    return { resume: never ? 'never' : 'auto', repeats: () => undefined }
  }
  if (never) {
    throw new UsageError('--resume-by-replay and --no-resume contradict each other; give one of them.')
  }
  if (endless) {
    throw new UsageError('--resume-by-replay needs a stream with an end; --dialect event-source is a feed.')
  }
  return cursorElseReplay()
}
