import type { Run } from '../../state/run.ts'
import { useStore } from '../../state/store.ts'
import { Icon, type IconName } from '../icon.tsx'
import { useTick } from './status-line.tsx'

/** All four stand there always: what moves under a finger is pressed by mistake. */
export function Actions({ run, onStart }: { run: Run; onStart: () => void }) {
  const { canStop, canRetryNow, canContinue, canStart, retryAt } = useStore(run.view)
  useTick(canRetryNow)
  const left = retryAt === undefined ? 0 : Math.max(0, Math.ceil((retryAt - Date.now()) / 1000))
  return (
    <div class="actions">
      <Action icon="stop" label="Stop" can={canStop} act={run.stop} />
      <Action
        icon="retry"
        label="Retry now"
        can={canRetryNow}
        act={run.retryNow}
        note={canRetryNow ? `${left} s` : undefined}
      />
      <Action icon="forward" label="Continue" can={canContinue} act={run.continue} />
      <Action icon="again" label="Start again" can={canStart} act={onStart} />
    </div>
  )
}

interface ActionProps {
  readonly icon: IconName
  readonly label: string
  readonly can: boolean
  readonly act: () => void
  /** Changes often: not read out. */
  readonly note?: string | undefined
}

/** Not `disabled`, which would take the focus from whoever has just pressed it. */
function Action({ icon, label, can, act, note }: ActionProps) {
  return (
    <button type="button" class="button" aria-disabled={!can} onClick={() => can && act()}>
      <Icon name={icon} />
      {label}
      {note === undefined ? null : (
        <span class="countdown" aria-hidden="true">
          {note}
        </span>
      )}
    </button>
  )
}
