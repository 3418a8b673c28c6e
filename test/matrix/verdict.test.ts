import { describe, expect, it } from 'vitest'
import { truthOf } from '../../bench/matrix/truth.ts'
import {
  isHonest,
  isMixed,
  judge,
  type Observation,
  type Truth,
  VERDICTS,
} from '../../bench/matrix/verdict.ts'

const WHOLE = 'one two three two four'

const fine: Truth = { ending: 'complete', isFlawless: true, wholeTexts: [WHOLE] }
const saved: Truth = { ...fine, isFlawless: false }
const failed: Truth = { ending: 'failed', isFlawless: false, wholeTexts: [WHOLE] }
const refused: Truth = { ...failed, ending: 'refused' }

const seen = (ending: Observation['ending'], text = 'one two', requests = 1): Observation => ({
  ending,
  text,
  requests,
})

describe('the verdict', () => {
  it('is whole for complete with all of the text', () => {
    expect(judge(seen('complete', WHOLE), fine)).toBe('whole')
    expect(judge(seen('complete', WHOLE, 2), saved)).toBe('whole')
  })

  it('is whole for all of the text without its end marker: what was said is true', () => {
    expect(judge(seen('complete', WHOLE), failed)).toBe('whole')
  })

  it('is told for an error where there was one, with or without text', () => {
    expect(judge(seen('error'), failed)).toBe('told')
    expect(judge(seen('error', ''), refused)).toBe('told')
  })

  it('is told for an error where others could be saved by asking again', () => {
    expect(judge(seen('error'), saved)).toBe('told')
  })

  it('is a false alarm for an error where every answer was whole', () => {
    expect(judge(seen('error', WHOLE), fine)).toBe('false alarm')
  })

  it('is silent for complete without all of the text', () => {
    for (const truth of [fine, saved, failed, refused]) {
      expect(judge(seen('complete'), truth)).toBe('silent')
      expect(judge(seen('complete', ''), truth)).toBe('silent')
    }
  })

  it('is silent for complete with all of the text where the server said that it failed', () => {
    expect(judge(seen('complete', WHOLE), refused)).toBe('silent')
  })

  it('is silent for complete with a hole in the text', () => {
    expect(judge(seen('complete', 'one two two four'), saved)).toBe('silent')
  })

  it('is doubled for text that came again, whatever the ending', () => {
    for (const ending of ['complete', 'error', 'crash', 'idle', 'busy'] as const) {
      expect(judge(seen(ending, 'one twoone two three two four'), saved)).toBe('doubled')
      expect(judge(seen(ending, `${WHOLE} four`), fine)).toBe('doubled')
    }
  })

  it('is hangs, loops or crashes without an ending', () => {
    expect(judge(seen('idle'), failed)).toBe('hangs')
    expect(judge(seen('busy', '', 5), failed)).toBe('loops')
    expect(judge(seen('crash'), failed)).toBe('crashes')
  })

  it('hangs too where all of the text is there', () => {
    expect(judge(seen('idle', WHOLE), fine)).toBe('hangs')
  })

  it('is honest in two ways only', () => {
    expect(VERDICTS.filter(isHonest)).toEqual(['whole', 'told'])
  })

  it('takes either text for the whole where nobody can tell which one it is', () => {
    const odd: Truth = { ...fine, wholeTexts: ['one two two', 'one two'] }
    expect(judge(seen('complete', 'one two two'), odd)).toBe('whole')
    expect(judge(seen('complete', 'one two'), odd)).toBe('whole')
    expect(judge(seen('complete', 'one two two two'), odd)).toBe('doubled')
  })
})

describe('mixed text', () => {
  it('is none at any point of a good stream', () => {
    for (let length = 0; length <= WHOLE.length; length++) {
      if (WHOLE[length] === ' ' || length === WHOLE.length) {
        expect(isMixed(WHOLE.slice(0, length), [WHOLE])).toBe(false)
      }
    }
  })

  it('is the beginning once more, a word out of order, and a word of something else', () => {
    for (const text of ['one two threeone', 'one three two three', 'one <html>']) {
      expect(isMixed(text, [WHOLE])).toBe(true)
    }
  })
})

describe('the truth', () => {
  it('knows what fails, what the server refuses, and what is whole', () => {
    expect(truthOf('fin', 'http/1.1').ending).toBe('failed')
    expect(truthOf('in-band-error', 'http/1.1').ending).toBe('refused')
    expect(truthOf('whole', 'h2')).toMatchObject({ ending: 'complete', isFlawless: true })
  })

  it('takes a redirect for no failure, and an answer that fails before the good one for one', () => {
    expect(truthOf('redirect', 'http/1.1').isFlawless).toBe(true)
    expect(truthOf('rate-limit', 'http/1.1').isFlawless).toBe(false)
    expect(truthOf('resume-after-fin', 'http/1.1').isFlawless).toBe(false)
  })

  it('takes a graceful GOAWAY for no failure', () => {
    expect(truthOf('h2-goaway-graceful', 'h2')).toMatchObject({ ending: 'complete', isFlawless: true })
  })
})
