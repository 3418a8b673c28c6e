import type { Page } from '../../state/page.ts'
import { useStore } from '../../state/store.ts'
import { answerTokens, strikeRange } from '../../wire/answers.ts'
import { controlApplies } from '../../wire/switchboard.ts'
import { Icon } from '../icon.tsx'

const AROUND = 7

/** Where it strikes: a place in the answer, by its number and by its words. */
export function StrikeSlider({ page }: { page: Page }) {
  const settings = useStore(page, (state) => state.settings)
  if (!controlApplies('at', settings)) return null
  const tokens = answerTokens(settings)
  const { from, to } = strikeRange(settings)
  const at = Math.min(settings.at, to)
  const before = tokens.slice(Math.max(0, at - AROUND), at).join('')
  const after = tokens.slice(at, at + AROUND).join('')
  const place = at === 0 ? 'before the first token' : at >= to ? 'after the last token' : `after token ${at}`
  return (
    <div class="field strike">
      <label for="strike">
        Where it strikes{' '}
        <output for="strike">
          {place} <span class="of">of {to.toLocaleString('en')}</span>
        </output>
      </label>
      <input
        id="strike"
        type="range"
        min={from}
        max={to}
        value={at}
        aria-valuetext={`${place} of ${to}`}
        aria-describedby="strike-text"
        onInput={(event) => page.set('at', event.currentTarget.valueAsNumber)}
      />
      <p class="strike-text" id="strike-text">
        <span class="strike-before">{before === '' ? '' : `${at > AROUND ? '…' : ''}${before}`}</span>
        <span class="strike-mark">
          <Icon name="scissors" />
          <span class="visually-hidden"> here it strikes </span>
        </span>
        <s class="lost">
          {after}
          {at + AROUND < to ? '…' : ''}
        </s>
      </p>
    </div>
  )
}
