export type Shortcut = 'start' | 'stop' | 'help'

type Key = Pick<
  KeyboardEvent,
  'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'defaultPrevented' | 'isComposing' | 'target'
>

/** What a key asks for. Nothing that a text field, an input method or a list that is open has a use for. */
export function shortcutOf(event: Key, helpByKey: boolean): Shortcut | undefined {
  const { key, ctrlKey, metaKey, altKey } = event
  if (event.defaultPrevented || event.isComposing || altKey) return undefined
  if (key === 'Enter' && (ctrlKey || metaKey)) return 'start'
  if (ctrlKey || metaKey) return undefined
  if (key === 'Escape') return 'stop'
  return key === '?' && helpByKey && !isForTyping(event.target) ? 'help' : undefined
}

const isForTyping = (target: EventTarget | null): boolean =>
  target instanceof Element &&
  target.closest('input:not([type=radio], [type=checkbox], [type=range]), select, textarea') !== null

const KEY = 'rx-sse-page-help-by-key'

/** A shortcut of one character can be switched off [wcag 2.1.4]. */
export function helpByKey(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'off'
  } catch {
    return true
  }
}

export function setHelpByKey(on: boolean): void {
  try {
    localStorage.setItem(KEY, on ? 'on' : 'off')
  } catch {
    // It holds until the page is closed.
  }
}
