import { defaultSettings, settingsFromHash, settingsToHash, withinRange } from '../wire/switchboard.ts'
import type { OwnForm, PageProblem, SettingKey, Settings, Surroundings } from '../wire/types.ts'
import { type Run, startRun } from './run.ts'
import { createStore, type Readable } from './store.ts'
import { forgetRun, type StoredRun, storedRun } from './stored-run.ts'

export type Mode = 'board' | 'own'

interface PageState {
  readonly mode: Mode
  readonly settings: Settings
  readonly prompt: string
  readonly form: OwnForm
  readonly run: Run | undefined
  /** The local server is being asked. */
  readonly isOpening: boolean
  /** Why nothing was started. */
  readonly problem: PageProblem | undefined
}

export interface Page extends Readable<PageState> {
  setMode(mode: Mode): void
  set<K extends SettingKey>(key: K, value: Settings[K]): void
  resetSettings(): void
  setPrompt(prompt: string): void
  setForm(change: Partial<OwnForm>): void
  /** Begins anew, whatever is under way. */
  start(): void
  stop(): void
  /** Goes on with what a reload has interrupted, if anything. */
  resumeStored(): void
}

const OWN = 'own'

const PROMPT = 'How was the first Atlantic telegraph cable mended?'

const EMPTY_FORM: OwnForm = {
  url: '',
  method: 'POST',
  headers: '',
  body: '',
  dialect: 'openai-chat',
  face: 'node',
  strategy: 'auto',
  retries: '3',
}

export function createPage(surroundings: Surroundings): Page {
  const store = createStore<PageState>({
    mode: hashHas(OWN) ? 'own' : 'board',
    settings: settingsFromHash(location.hash),
    prompt: PROMPT,
    form: EMPTY_FORM,
    run: undefined,
    isOpening: false,
    problem: undefined,
  })
  const change = (part: Partial<PageState>): void => store.update((state) => ({ ...state, ...part }))
  const writeHash = (): void => {
    const { mode, settings } = store.get()
    const hash = settingsToHash(settings).replace(/^#/, '')
    const parts = [mode === 'own' ? OWN : '', hash].filter((part) => part !== '')
    history.replaceState(null, '', parts.length === 0 ? location.pathname : `#${parts.join('&')}`)
  }
  addEventListener('hashchange', () => {
    change({ mode: hashHas(OWN) ? 'own' : 'board', settings: settingsFromHash(location.hash) })
  })

  let starts = 0
  const start = async (stored?: StoredRun): Promise<void> => {
    const nth = ++starts
    const { mode, settings, prompt, form } = store.get()
    change({ isOpening: true, problem: undefined })
    const order =
      mode === 'own'
        ? ({ type: 'own', form: sentForm(form) } as const)
        : ({ type: 'switchboard', settings, prompt } as const)
    // What makes the answer of 10,000 words is not to keep the button from showing that it was pressed.
    await new Promise((resolve) => setTimeout(resolve))
    try {
      const run = await startRun(order, surroundings, stored)
      if (nth !== starts) {
        run.close()
        return
      }
      // Not sooner: where nothing can be started, what is under way goes on.
      store.get().run?.close()
      if (stored === undefined) forgetRun()
      change({ run, isOpening: false })
    } catch (error) {
      if (nth === starts) change({ isOpening: false, problem: asProblem(error) })
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    setMode(mode) {
      change({ mode, problem: undefined })
      writeHash()
    },
    set(key, value) {
      change({ settings: withinRange({ ...store.get().settings, [key]: value }) })
      writeHash()
    },
    resetSettings() {
      change({ settings: defaultSettings })
      writeHash()
    },
    setPrompt: (prompt) => change({ prompt }),
    setForm: (part) => change({ form: { ...store.get().form, ...part }, problem: undefined }),
    start: () => void start(),
    stop() {
      // Not begun yet: what is being opened is closed once it is open.
      if (store.get().isOpening) {
        starts++
        change({ isOpening: false })
      }
      store.get().run?.stop()
    },
    resumeStored() {
      const stored = storedRun()
      if (stored === undefined) return
      change({ mode: 'board', settings: { ...defaultSettings, ...stored.settings }, prompt: stored.prompt })
      void start(stored)
    },
  }
}

/** A GET has no field for a body: what was typed for another method is kept, and not sent. */
const sentForm = (form: OwnForm): OwnForm => (form.method === 'GET' ? { ...form, body: '' } : form)

const hashHas = (part: string): boolean => location.hash.replace(/^#/, '').split('&').includes(part)

function asProblem(error: unknown): PageProblem {
  if (error instanceof Error && 'what' in error && 'doThis' in error) return error as PageProblem
  const what = error instanceof Error ? error.message : String(error)
  return Object.assign(new Error(what), { what, doThis: 'Reload the page, and look at the console.' })
}
