import type { Settings } from '../wire/types.ts'

/** What a reload needs to go on with an answer: of this tab alone, and gone with it. */
export interface StoredRun {
  readonly url: string
  readonly lastEventId: string
  readonly text: string
  readonly prompt: string
  readonly settings: Settings
}

const KEY = 'rx-sse-page-run'

export function storeRun(run: StoredRun): void {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(run))
  } catch {
    // Full, or forbidden: a reload then begins with an empty page.
  }
}

export function forgetRun(): void {
  try {
    sessionStorage.removeItem(KEY)
  } catch {
    // There is none.
  }
}

export function storedRun(): StoredRun | undefined {
  try {
    const stored: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? 'null')
    return isStoredRun(stored) ? stored : undefined
  } catch {
    return undefined
  }
}

function isStoredRun(value: unknown): value is StoredRun {
  if (typeof value !== 'object' || value === null) return false
  const { url, lastEventId, text, prompt, settings } = value as Record<string, unknown>
  const texts = [url, lastEventId, text, prompt]
  return (
    texts.every((field) => typeof field === 'string') && typeof settings === 'object' && settings !== null
  )
}
