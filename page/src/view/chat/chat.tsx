import type { Page } from '../../state/page.ts'
import type { Run } from '../../state/run.ts'
import { useStore } from '../../state/store.ts'
import { Icon } from '../icon.tsx'
import { Actions } from './actions.tsx'
import { AnswerText } from './answer-text.tsx'
import { Comparison } from './comparison.tsx'
import { Ending } from './ending.tsx'
import { Preview } from './preview.tsx'
import { Prompt } from './prompt.tsx'
import { StatusLine } from './status-line.tsx'

export function Chat({ page }: { page: Page }) {
  const mode = useStore(page, (state) => state.mode)
  const run = useStore(page, (state) => state.run)
  const problem = useStore(page, (state) => state.problem)
  return (
    <section class="panel chat" aria-labelledby="chat-title">
      <div class="panel-head">
        <h2 id="chat-title">{mode === 'own' ? 'The stream' : 'Chat'}</h2>
      </div>
      <div class="panel-body chat-body">
        {mode === 'own' ? null : <Prompt page={page} />}
        {problem === undefined || problem.field !== undefined ? null : (
          <p class="problem" role="alert">
            <Icon name="warning" />
            <span>
              {problem.what} {problem.doThis}
            </span>
          </p>
        )}
        {run !== undefined ? (
          <Answer run={run} page={page} />
        ) : mode === 'own' ? (
          <p class="hint">
            No stream is being watched. Give a URL, choose its dialect, and watch: what the server sends
            stands here, and how it ended.
          </p>
        ) : (
          <Preview page={page} />
        )}
      </div>
    </section>
  )
}

const BUSY = new Set(['connecting', 'streaming', 'stalled', 'waiting'])

function Answer({ run, page }: { run: Run; page: Page }) {
  const isBusy = useStore(run.view, ({ status }) => BUSY.has(status))
  const status = useStore(run.view, (state) => state.status)
  return (
    <>
      <article class="answer" aria-label="Answer" aria-busy={isBusy}>
        <section
          class="answer-scroll"
          // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so by keys
          tabIndex={0}
          aria-label="Text of the answer"
          data-status={status}
        >
          <AnswerText run={run} />
        </section>
      </article>
      <StatusLine run={run} />
      <Actions run={run} onStart={page.start} />
      <Ending run={run} />
      <Comparison run={run} />
    </>
  )
}
