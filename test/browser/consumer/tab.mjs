import { sse } from './library.mjs'

/** A page as an application has one: a stream, its text on the screen, and a cursor that outlives a reload. */

const KEY = 'rx-sse tab'
const chat = sse.openaiChat()

/** What a test looks at. */
const tab = {
  /** @type {{ status: string }[]} */
  states: [],
  /** @type {string[]} */
  events: [],
  /** @type {import('../../../src/web.ts').StreamView<any, string> | undefined} */
  view: undefined,
  get state() {
    const { error, ...state } = this.states.at(-1) ?? {}
    return { ...state, error: error && { ...error.toJSON(), hint: error.hint } }
  },
  /** Begins, or goes on where the page was before a reload. */
  start(url, { retry, emit = 'value' } = {}) {
    const stored = JSON.parse(sessionStorage.getItem(KEY) ?? 'null')
    const output = document.querySelector('output')
    this.view = sse.viewState({
      seed: stored?.value ?? '',
      reduce: (text, chunk) => text + chat.text(chunk),
      emit,
    })
    this.subscription = sse
      .eventStreamSignals(url, {
        dialect: chat,
        ...(retry && { retry }),
        ...(stored?.lastEventId && { lastEventId: stored.lastEventId }),
      })
      .pipe(this.view)
      .subscribe((state) => {
        this.states.push(state)
        output.textContent = state.value
        const { value, lastEventId } = state
        if (lastEventId !== undefined) sessionStorage.setItem(KEY, JSON.stringify({ value, lastEventId }))
      })
  },
}

for (const type of ['visibilitychange', 'freeze', 'resume']) {
  document.addEventListener(type, () => tab.events.push(`${type} ${document.visibilityState}`))
}
for (const type of ['online', 'offline', 'pageshow', 'pagehide']) {
  addEventListener(type, (event) => tab.events.push(`${type} ${event.persisted ?? ''}`.trim()))
}
globalThis.tab = tab
