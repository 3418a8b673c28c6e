import { useRef, useState } from 'preact/hooks'
import type { Mode, Page } from '../state/page.ts'
import { useStore } from '../state/store.ts'
import { deathOf } from '../wire/deaths.ts'
import { Switchboard } from './board/switchboard.tsx'
import { Icon } from './icon.tsx'
import { OwnStream } from './own/own-form.tsx'
import { useMedia } from './use-media.ts'

const TABS: readonly (readonly [mode: Mode, label: string])[] = [
  ['board', 'Switchboard'],
  ['own', 'Your own stream'],
]

/** As in layout.css: the controls have a column of their own. */
const THREE_COLUMNS = '(width >= 1280px) and (height >= 600px)'
const TWO_COLUMNS = '(width >= 1000px)'

/** What to stream: a failure made to order, or a server of one's own. Tabs as the ARIA practices have them. */
export function ControlsPanel({ page }: { page: Page }) {
  const mode = useStore(page, (state) => state.mode)
  const hasColumn = useMedia(THREE_COLUMNS)
  const [isOpen, setOpen] = useState(() => matchMedia(TWO_COLUMNS).matches)
  const tabs = useRef<HTMLDivElement>(null)
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return
    event.preventDefault()
    const other = mode === 'board' ? 'own' : 'board'
    page.setMode(other)
    tabs.current?.querySelector<HTMLElement>(`#tab-${other}`)?.focus()
  }
  const isShown = hasColumn || isOpen
  return (
    <section class="panel controls" aria-label="What to stream">
      <h2 class="visually-hidden">What to stream</h2>
      <div class="panel-head tabs-head">
        <div class="tabs" role="tablist" aria-label="What to stream" ref={tabs} onKeyDown={onKeyDown}>
          {TABS.map(([value, label]) => (
            <button
              key={value}
              id={`tab-${value}`}
              type="button"
              role="tab"
              aria-selected={mode === value}
              aria-controls="tab-panel"
              tabIndex={mode === value ? 0 : -1}
              onClick={() => {
                page.setMode(value)
                setOpen(true)
              }}
            >
              {label}
            </button>
          ))}
        </div>
        {hasColumn ? null : (
          <button
            type="button"
            class="button button-plain fold-button"
            aria-expanded={isOpen}
            aria-controls="tab-panel"
            onClick={() => setOpen(!isOpen)}
          >
            <Icon name="chevron" />
            {isOpen ? 'Fold' : 'Change'}
          </button>
        )}
      </div>
      <div class="panel-body" id="tab-panel" role="tabpanel" aria-labelledby={`tab-${mode}`}>
        {!isShown ? (
          <Chosen page={page} />
        ) : mode === 'own' ? (
          <OwnStream page={page} />
        ) : (
          <Switchboard page={page} />
        )}
      </div>
    </section>
  )
}

/** What is set, in a line. */
function Chosen({ page }: { page: Page }) {
  const { mode, settings, form } = useStore(page)
  if (mode === 'own') return <p class="hint">{form.url === '' ? 'No URL yet.' : form.url}</p>
  const { label, strikes } = deathOf(settings.death)
  return (
    <p class="hint">
      {label}
      {strikes ? `, after token ${settings.at}` : ''}; {settings.ids ? 'events with IDs' : 'no IDs'}
    </p>
  )
}
