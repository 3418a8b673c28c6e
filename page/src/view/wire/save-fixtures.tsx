import type { Run } from '../../state/run.ts'
import { useStore } from '../../state/store.ts'
import { Icon } from '../icon.tsx'

/** What came, as the test kit replays it: the bytes, and what came of them. */
export function SaveFixtures({ run }: { run: Run }) {
  const isOver = useStore(run.wire, ({ timeline }) => timeline.ending !== undefined)
  const bytes = useStore(run.wire, ({ timeline }) => timeline.bytes)
  const canSave = isOver && bytes > 0
  const save = async (): Promise<void> => {
    for (const { name, sse, json } of await run.record.fixtures('my-stream')) {
      download(`${name}.sse`, new Blob([sse as Uint8Array<ArrayBuffer>], { type: 'text/event-stream' }))
      download(`${name}.json`, new Blob([json], { type: 'application/json' }))
    }
  }
  return (
    <div class="save">
      <button type="button" class="button" disabled={!canSave} onClick={() => void save()}>
        <Icon name="download" />
        Save as fixture
      </button>
      <p class="hint">
        Two files for each response: its bytes, and what they must come to. The test kit replays them.
      </p>
    </div>
  )
}

function download(name: string, blob: Blob): void {
  const url = URL.createObjectURL(blob)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // Not at once: the download has only been asked for.
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
