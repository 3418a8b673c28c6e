import { useEffect, useState } from 'preact/hooks'
import type { Page } from '../state/page.ts'
import { useStore } from '../state/store.ts'
import { Announcer } from './chat/announcer.tsx'
import { Chat } from './chat/chat.tsx'
import { ControlsPanel } from './controls-panel.tsx'
import { Header } from './header.tsx'
import { HelpDialog } from './help-dialog.tsx'
import { helpByKey, setHelpByKey, shortcutOf } from './shortcuts.ts'
import { useTitle } from './use-title.ts'
import { Wire } from './wire/wire.tsx'

export function App({ page }: { page: Page }) {
  const run = useStore(page, (state) => state.run)
  useTitle(run)
  const [isHelpOpen, setHelpOpen] = useState(false)
  const [byKey, setByKey] = useState(helpByKey)
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent): void => {
      const shortcut = shortcutOf(event, byKey)
      // The dialog has its own Escape.
      if (shortcut === undefined || isHelpOpen) return
      event.preventDefault()
      if (shortcut === 'start') page.start()
      else if (shortcut === 'stop') page.stop()
      else setHelpOpen(true)
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [page, byKey, isHelpOpen])
  return (
    <>
      <a class="skip-link" href="#chat-title">
        Skip to the answer
      </a>
      <Header onHelp={() => setHelpOpen(true)} />
      <main class="columns">
        <Chat page={page} />
        <ControlsPanel page={page} />
        <Wire page={page} />
      </main>
      <Announcer run={run} />
      <HelpDialog
        isOpen={isHelpOpen}
        onClose={() => setHelpOpen(false)}
        byKey={byKey}
        onByKey={(on) => {
          setHelpByKey(on)
          setByKey(on)
        }}
      />
    </>
  )
}
