import { useEffect, useRef } from 'preact/hooks'
import { Icon } from './icon.tsx'

interface HelpDialogProps {
  readonly isOpen: boolean
  readonly onClose: () => void
  /** Whether `?` opens it. */
  readonly byKey: boolean
  readonly onByKey: (byKey: boolean) => void
}

const KEYS: readonly (readonly [keys: readonly string[], what: string])[] = [
  [['Ctrl', 'Enter'], 'Start (on a Mac also Cmd Enter)'],
  [['Esc'], 'Stop; what has arrived stands'],
  [['?'], 'This help, outside of text fields'],
  [['←', '→'], 'Move along tabs, failures and the slider'],
]

export function HelpDialog({ isOpen, onClose, byKey, onByKey }: HelpDialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    if (isOpen) dialog.current?.showModal()
    else dialog.current?.close()
  }, [isOpen])
  return (
    <dialog class="help" ref={dialog} onClose={onClose} aria-labelledby="help-title">
      <div class="help-head">
        <h2 id="help-title">What this page shows</h2>
        <button type="button" class="button button-plain" onClick={onClose}>
          <Icon name="close" />
          Close
        </button>
      </div>
      <p>
        A streamed answer can end in many ways, and only one of them is whole. Choose how it dies, press
        Start, and watch the requests on the right: every mark is an event, a bar is a proved end, a cross a
        failure.
      </p>
      <p>
        Everything you set is in the address of this page, so that it can be sent to somebody. A reload in the
        middle of an answer goes on after the last event that was shown. Each tab is on its own.
      </p>
      <h3>Keys</h3>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <label class="switch">
        <input type="checkbox" checked={byKey} onChange={(event) => onByKey(event.currentTarget.checked)} />
        Open this help with the ? key
      </label>
    </dialog>
  )
}
