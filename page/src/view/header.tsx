import { Icon } from './icon.tsx'

/** A stream as a marble diagram draws it: values on a line, and the bar that says that it is whole. */
function Mark() {
  return (
    <svg class="mark" viewBox="0 0 44 16" aria-hidden="true" focusable="false">
      <path d="M1 8h36M41 2v12" />
      <circle cx="9" cy="8" r="4" />
      <circle cx="20" cy="8" r="4" />
      <circle cx="31" cy="8" r="4" />
    </svg>
  )
}

export function Header({ onHelp }: { onHelp: () => void }) {
  return (
    <header class="site-head">
      <h1>
        <Mark />
        <span class="mono">rx-sse</span> <span class="site-title">live page</span>
      </h1>
      <p class="site-claim">
        Break a stream on purpose. See how it ended, and what a plain loop would have said.
      </p>
      <button type="button" class="button button-plain" onClick={onHelp} aria-haspopup="dialog">
        <Icon name="help" />
        Help
      </button>
    </header>
  )
}
