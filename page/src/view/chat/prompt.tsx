import type { Page } from '../../state/page.ts'
import { useStore } from '../../state/store.ts'
import { Icon } from '../icon.tsx'

/** Whatever is asked, the embedded gateway tells of its cable: what counts is how. */
export function Prompt({ page }: { page: Page }) {
  const prompt = useStore(page, (state) => state.prompt)
  const isOpening = useStore(page, (state) => state.isOpening)
  return (
    <form
      class="prompt"
      onSubmit={(event) => {
        event.preventDefault()
        if (!isOpening) page.start()
      }}
    >
      <label class="visually-hidden" for="prompt">
        Prompt
      </label>
      <textarea
        id="prompt"
        class="input"
        rows={1}
        value={prompt}
        onInput={(event) => page.setPrompt(event.currentTarget.value)}
      />
      <StartButton isOpening={isOpening} label="Start" />
    </form>
  )
}

/** Not `disabled`, which would take the focus from whoever has just pressed it. */
export function StartButton({ isOpening, label }: { isOpening: boolean; label: string }) {
  return (
    <button
      type="submit"
      class="button button-primary"
      aria-disabled={isOpening}
      aria-keyshortcuts="Control+Enter Meta+Enter"
    >
      <Icon name="send" />
      {isOpening ? 'Starting' : label}
      <span class="key" aria-hidden="true">
        Ctrl ⏎
      </span>
    </button>
  )
}
