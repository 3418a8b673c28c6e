import type { ViewState } from 'rx-sse'
import type { Seam } from './answer-writer.ts'
import { brief } from './words.ts'

/** A text over all breaks: what stood there after a reload, what came then, and where it was gone on with. */
export interface Joined {
  readonly before: string
  readonly seams: readonly Seam[]
  readonly values: number
  readonly resumed: number
}

export const joinedFrom = (before: string): Joined => ({
  before,
  seams: before === '' ? [] : [{ at: before.length, words: 'After a reload it went on here' }],
  values: 0,
  resumed: 0,
})

type Seen = Pick<ViewState<string>, 'value' | 'values' | 'resumed' | 'attempt' | 'lastEventId'>

/** With the next state. Every answer to a request is a state of its own, before its first value. */
export function join(joined: Joined, state: Seen): Joined {
  const { values, resumed } = state
  // A reset: what stood there is void, and of what came before a reload too.
  if (values < joined.values) return { before: '', seams: [], values, resumed }
  if (resumed <= joined.resumed) return values === joined.values ? joined : { ...joined, values }
  const at = joined.before.length + state.value.length
  const others = joined.seams.filter((seam) => seam.at < at)
  return { before: joined.before, seams: [...others, { at, words: wordsFor(state) }], values, resumed }
}

function wordsFor({ attempt, lastEventId }: Seen): string {
  const after = lastEventId === undefined ? '' : `, after event ${brief(lastEventId)}`
  return `Attempt ${attempt} went on here${after}`
}
