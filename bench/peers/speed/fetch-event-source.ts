import { fetchEventSource } from '@microsoft/fetch-event-source'
import type { Read } from '../../speed/contender.ts'

// Made for browsers: what it touches of one, for a page that is never hidden.
Object.assign(globalThis, {
  window: globalThis,
  document: { hidden: false, addEventListener() {}, removeEventListener() {} },
})

/** README, "Usage": `onmessage`, a promise of the end; no further attempt after an error. */
export const read: Read = (url, onEvent) =>
  fetchEventSource(url, {
    onmessage({ data }) {
      if (data !== '[DONE]') onEvent(JSON.parse(data))
    },
    onerror(error) {
      throw error
    },
  })
