import { useLayoutEffect, useRef } from 'preact/hooks'
import type { Run } from '../../state/run.ts'
import { sentenceReader } from '../../state/sentences.ts'
import { announcement, type WordsState } from '../../state/words.ts'

const READ_EVERY_MS = 2500
const KEPT = 4

const NOTHING: WordsState = {
  status: 'idle',
  attempt: 0,
  error: undefined,
  lastEventId: undefined,
  resumed: 0,
  values: 0,
  retryAt: undefined,
}

const ENDED = new Set(['done', 'failed', 'cancelled'])

/**
 * For whoever listens: what happens, at once; what the answer says, a few sentences at a time. The answer on the screen is no live
 * region: a screen reader would begin it anew with each token.
 */
export function Announcer({ run }: { run: Run | undefined }) {
  const status = useRef<HTMLParagraphElement>(null)
  const log = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    if (run === undefined) return
    const reader = sentenceReader()
    reader.skipTo(run.reloadedAt ?? 0)
    let before = NOTHING
    let timer: ReturnType<typeof setTimeout> | undefined
    const read = (): void => {
      clearTimeout(timer)
      timer = undefined
      const { value, status: now } = run.view.get()
      const batch = reader.next(value, ENDED.has(now))
      const host = log.current
      if (batch === '' || host === null) return
      const line = document.createElement('p')
      line.textContent = batch
      host.append(line)
      while (host.childElementCount > KEPT) host.firstElementChild?.remove()
    }
    const look = (): void => {
      const state = run.view.get()
      const words = announcement(before, state, Date.now())
      if (state.values < before.values) reader.clear()
      before = state
      if (words !== undefined && status.current !== null) {
        // The rest of the answer before the word about its end.
        if (ENDED.has(state.status)) read()
        status.current.textContent = words
      }
      if (!ENDED.has(state.status)) timer ??= setTimeout(read, READ_EVERY_MS)
    }
    log.current?.replaceChildren()
    look()
    const forget = run.view.subscribe(look)
    return () => {
      forget()
      clearTimeout(timer)
    }
  }, [run])
  return (
    <div class="visually-hidden">
      <p role="status" ref={status} />
      <div role="log" aria-label="The answer, sentence by sentence" ref={log} />
    </div>
  )
}
