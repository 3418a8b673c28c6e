import { useEffect, useReducer } from 'preact/hooks'
import type { Run } from '../../state/run.ts'
import { useStore } from '../../state/store.ts'
import { statusWords } from '../../state/words.ts'
import { Breakable } from '../breakable.tsx'
import { StateBadge } from '../state-badge.tsx'

/** Renders a few times a second, for what counts down. */
export function useTick(isOn: boolean): void {
  const [, render] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    if (!isOn) return
    const timer = setInterval(() => render(undefined), 200)
    return () => clearInterval(timer)
  }, [isOn])
}

/** Not a live region: what is worth hearing is told by the announcer. */
export function StatusLine({ run }: { run: Run }) {
  const state = useStore(run.view)
  useTick(state.status === 'waiting')
  const { tone, word, sentence } = statusWords(state, Date.now())
  return (
    <p class="status-line">
      <StateBadge tone={tone} word={word} />
      <span class="status-sentence">
        <Breakable text={sentence} />
      </span>
      {run.reloadedAt === undefined ? null : <span class="tag">resumed after reload</span>}
    </p>
  )
}
