import type { Run } from '../../state/run.ts'
import { useStore } from '../../state/store.ts'
import { seconds } from '../../state/words.ts'
import type { ErrorView } from '../../wire/types.ts'
import { Icon } from '../icon.tsx'

/** How it ended, as the library tells it. */
export function Ending({ run }: { run: Run }) {
  const ending = useStore(run.wire, ({ timeline }) => timeline.ending)
  const timeline = useStore(run.wire, (snapshot) => snapshot.timeline)
  if (ending === undefined) return null
  if (ending.type === 'error') return <Failure error={ending.error} />
  if (ending.type === 'stopped') {
    return (
      <p class="ending">The request was ended at once. What has arrived stands, and nobody calls it whole.</p>
    )
  }
  return (
    <p class="ending" data-tone="whole">
      The wire’s own end marker came after {seconds(ending.at)}.
      {timeline.resumed > 0 ? ' Each piece stands there once, in order: nothing lost, nothing doubled.' : ''}
    </p>
  )
}

function Failure({ error }: { error: ErrorView }) {
  const facts: readonly (readonly [name: string, value: string | undefined])[] = [
    ['kind', error.kind === 'other' ? undefined : error.kind],
    ['code', error.code],
    ['reason', error.reason],
  ]
  return (
    <section class="ending" data-tone="failed" aria-label="How it ended">
      <h3 class="ending-title">
        <Icon name="failed" />
        {error.advice.what}
      </h3>
      <dl class="facts">
        {facts.map(([name, value]) =>
          value === undefined ? null : (
            <div key={name}>
              <dt>{name}</dt>
              <dd class="mono">{value}</dd>
            </div>
          ),
        )}
        <div>
          <dt>message</dt>
          <dd>{error.message}</dd>
        </div>
      </dl>
      <p>
        {error.advice.doThis}
        {error.advice.hint === undefined ? null : <span> {error.advice.hint}</span>}
      </p>
    </section>
  )
}
