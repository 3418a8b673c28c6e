import { EventStreamContentType, fetchEventSource } from '@microsoft/fetch-event-source'
import { readChunk } from './application.ts'
import type { Run } from './peer.ts'

// Made for browsers: what it touches of one, for a page that is never hidden.
Object.assign(globalThis, {
  window: globalThis,
  document: { hidden: false, addEventListener() {}, removeEventListener() {} },
})

class RetriableError extends Error {}
class FatalError extends Error {
  override name = 'FatalError'
}

/** README, "You can add better error handling": its handlers as they stand there; aborted at the end marker. */
export const run: Run = async (url, deliver) => {
  const controller = new AbortController()
  await fetchEventSource(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ model: 'test-model', stream: true }),
    signal: controller.signal,
    async onopen(response) {
      if (response.ok && response.headers.get('content-type') === EventStreamContentType) {
        return
      } else if (response.status >= 400 && response.status < 500 && response.status !== 429) {
        throw new FatalError(`HTTP ${response.status}`)
      } else {
        throw new RetriableError()
      }
    },
    onmessage({ data, event }) {
      if (data === '') return // A comment alone, or an id, is a message too.
      const text = attempt(() => readChunk(data, event))
      if (text === undefined) controller.abort()
      else deliver(text)
    },
    onclose() {
      throw new RetriableError()
    },
    onerror(error) {
      if (error instanceof FatalError) throw error
    },
  })
}

/** What the server itself says it failed with is not to be tried again. */
function attempt<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new FatalError((error as Error).message)
  }
}
