import { useState } from 'preact/hooks'
import type { Page } from '../../state/page.ts'
import type { Run } from '../../state/run.ts'
import { useStore } from '../../state/store.ts'
import { counted } from '../../state/words.ts'
import { AttemptDetails } from './attempt-details.tsx'
import { SaveFixtures } from './save-fixtures.tsx'
import { bytesOf, Timeline } from './timeline.tsx'
import { WireLog } from './wire-log.tsx'

export function Wire({ page }: { page: Page }) {
  const run = useStore(page, (state) => state.run)
  return (
    <section class="panel wire" aria-labelledby="wire-title">
      <div class="panel-head">
        <h2 id="wire-title">The wire</h2>
        {run === undefined ? null : <Totals run={run} />}
      </div>
      {run === undefined ? (
        <div class="panel-body nothing">
          <p>No request was made yet.</p>
          <p class="hint">
            Each attempt becomes a line here, like in a marble diagram: a mark for an event, a cross for a
            failure, dots for a wait, and a bar for an end that was proved.
          </p>
          <Legend />
        </div>
      ) : (
        <WireOf run={run} key={run.number} />
      )}
    </section>
  )
}

function Totals({ run }: { run: Run }) {
  const { timeline } = useStore(run.wire)
  const { attempts, dropped, values, bytes } = timeline
  return (
    <p class="hint totals">
      {counted(attempts.length + dropped, 'request')}, {counted(values, 'value')}, {bytesOf(bytes)}
    </p>
  )
}

function WireOf({ run }: { run: Run }) {
  const { timeline } = useStore(run.wire)
  const [chosen, setChosen] = useState<number>()
  const { attempts } = timeline
  const shown = attempts.find(({ number }) => number === chosen) ?? attempts.at(-1)
  return (
    <>
      <div class="panel-body">
        <Timeline run={run} selected={shown?.number} onSelect={setChosen} />
      </div>
      <details class="fold" open>
        <summary>
          <h3>Attempt {shown?.number ?? 1}</h3>
        </summary>
        {shown === undefined ? null : <AttemptDetails attempt={shown} />}
      </details>
      <details class="fold fold-log" open>
        <summary>
          <h3>Every line</h3>
        </summary>
        <WireLog run={run} />
        <SaveFixtures run={run} />
      </details>
    </>
  )
}

function Legend() {
  return (
    <svg class="legend" viewBox="0 0 300 28" aria-hidden="true" focusable="false">
      <path class="lane-connecting" d="M8 14H40M8 10v8" />
      <path class="lane-open" d="M40 14H130" />
      <path
        class="lane-marks"
        d="M57 14a3 3 0 1 0 6 0a3 3 0 1 0-6 0M77 14a3 3 0 1 0 6 0a3 3 0 1 0-6 0M97 14a3 3 0 1 0 6 0a3 3 0 1 0-6 0"
      />
      <path class="lane-failed" d="M125 9l10 10M135 9l-10 10" />
      <g class="lane-wait">
        <path d="M142 14H180" />
      </g>
      <path class="lane-open" d="M184 14H292" />
      <path
        class="lane-marks"
        d="M201 14a3 3 0 1 0 6 0a3 3 0 1 0-6 0M227 14a3 3 0 1 0 6 0a3 3 0 1 0-6 0M253 14a3 3 0 1 0 6 0a3 3 0 1 0-6 0"
      />
      <path class="lane-whole" d="M292 4v20" />
    </svg>
  )
}
