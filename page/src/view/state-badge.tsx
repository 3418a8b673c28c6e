import type { Tone } from '../state/words.ts'
import { Breakable } from './breakable.tsx'
import { Icon, type IconName } from './icon.tsx'

const ICONS: Readonly<Record<Tone, IconName>> = {
  calm: 'idle',
  alive: 'alive',
  waiting: 'waiting',
  failed: 'failed',
  whole: 'whole',
}

/** A state by its icon, its word and its colour. */
export function StateBadge({ tone, word }: { tone: Tone; word: string }) {
  return (
    <span class="state" data-tone={tone}>
      <Icon name={ICONS[tone]} />
      <Breakable text={word} />
    </span>
  )
}
