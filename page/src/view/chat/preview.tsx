import type { Page } from '../../state/page.ts'
import { useStore } from '../../state/store.ts'
import { answerTokens } from '../../wire/answers.ts'
import { deathOf } from '../../wire/deaths.ts'
import type { Settings } from '../../wire/types.ts'
import { Icon } from '../icon.tsx'

const BEFORE = 140
const AFTER = 200

/** The answer before it is asked for, with the place where it will be cut. */
export function Preview({ page }: { page: Page }) {
  const settings = useStore(page, (state) => state.settings)
  const tokens = answerTokens(settings)
  const at = strikeOf(settings, tokens.length)
  const start = Math.max(0, at - BEFORE)
  const end = at + AFTER
  return (
    <section class="preview" aria-labelledby="preview-title">
      <h3 id="preview-title">What the model is about to say</h3>
      <p class="answer-text">
        {start > 0 ? '… ' : ''}
        {tokens.slice(start, at).join('')}
        {at >= tokens.length ? null : (
          <>
            <span class="strike-mark">
              <Icon name="scissors" />
              <span class="visually-hidden"> here it is cut: </span>
            </span>
            <s class="lost">
              {tokens.slice(at, end).join('')}
              {end < tokens.length ? ' …' : ''}
            </s>
          </>
        )}
      </p>
      <p class="hint">
        {settings.death === 'whole'
          ? 'Nothing fails. Choose a failure, and see where it strikes.'
          : 'Start, and see below the answer how it ended: as rx-sse tells it, and as a plain loop over fetch would have.'}
      </p>
    </section>
  )
}

/** How many tokens the first request brings. */
function strikeOf({ death, at }: Settings, all: number): number {
  if (deathOf(death).strikes) return Math.min(at, all)
  return death === 'whole' || death === 'no-marker' ? all : 0
}
