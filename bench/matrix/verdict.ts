/** What a client was seen to do. */
export interface Observation {
  /** `idle`: it did nothing more, without an ending; `busy`: it was still making requests when its time was up. */
  readonly ending: 'complete' | 'error' | 'crash' | 'idle' | 'busy'
  /** All the text that it delivered. */
  readonly text: string
  readonly requests: number
}

/** What there was to see. */
export interface Truth {
  /** `failed`: the stream never became whole; `refused`: the server itself said so inside it. */
  readonly ending: 'complete' | 'failed' | 'refused'
  /** The first answer is whole, or only leads to one that is: there is nothing to tell an error of. */
  readonly isFlawless: boolean
  /** What a reader may take for the whole; more than one only where the server sends what nobody can judge. */
  readonly wholeTexts: readonly [string, ...string[]]
}

/**
 * - `whole`: complete, as what the server sent is
 * - `told`: an error, and there was one
 * - `silent`: complete, although text is missing or the server said that it failed
 * - `doubled`: text delivered again, or mixed
 * - `hangs`: no ending while it was watched
 * - `loops`: requests without end
 * - `crashes`: an error that ends the process, past every handler that the docs know
 * - `false alarm`: an error, although the stream was whole
 */
export const VERDICTS = [
  'whole',
  'told',
  'silent',
  'doubled',
  'hangs',
  'loops',
  'crashes',
  'false alarm',
] as const

export type Verdict = (typeof VERDICTS)[number]

export const isHonest = (verdict: Verdict): boolean => verdict === 'whole' || verdict === 'told'

export function judge(seen: Observation, { ending, isFlawless, wholeTexts }: Truth): Verdict {
  // Before the ending: no error afterwards takes back what a reader has read twice.
  if (isMixed(seen.text, wholeTexts)) return 'doubled'
  switch (seen.ending) {
    case 'crash':
      return 'crashes'
    case 'idle':
      return 'hangs'
    case 'busy':
      return 'loops'
    case 'error':
      return ending === 'complete' && isFlawless ? 'false alarm' : 'told'
    case 'complete':
      // All of the text without its end marker counts as whole: what the reader was told is true.
      return wholeTexts.includes(seen.text) && ending !== 'refused' ? 'whole' : 'silent'
  }
}

export const wordsOf = (text: string): readonly string[] => text.match(/\s*\S+/gu) ?? []

/** Whether words were delivered that are not the whole's, in its order, once. Missing ones are another matter. */
export const isMixed = (delivered: string, wholeTexts: readonly string[]): boolean =>
  !wholeTexts.some((whole) => isSubsequence(wordsOf(delivered), wordsOf(whole)))

function isSubsequence(part: readonly string[], whole: readonly string[]): boolean {
  let next = 0
  for (const word of part) {
    const at = whole.indexOf(word, next)
    if (at < 0) return false
    next = at + 1
  }
  return true
}
