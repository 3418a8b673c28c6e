import { EventSource } from 'launchdarkly-eventsource'
import { readChunk } from './application.ts'
import type { Run } from './peer.ts'

/**
 * README, "Read timeout": `readTimeoutMillis`; "Extensions to event behavior": `error`, and `closed` once it has given
 * up; "Configuring error retry behavior" is left at its default. Closed at the end marker.
 */
export const run: Run = (url, deliver) =>
  new Promise((resolve, reject) => {
    const source = new EventSource(url, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ model: 'test-model', stream: true }),
      readTimeoutMillis: 1_500,
    })
    let failure: unknown
    source.onmessage = ({ data }) => {
      try {
        const text = readChunk(data)
        if (text !== undefined) return deliver(text)
        resolve()
      } catch (error) {
        reject(error)
      }
      source.close()
    }
    source.onerror = (error) => {
      failure = error
      // An event that the server named "error" comes here too, with its data.
      if (error.data !== undefined) source.close()
    }
    source.addEventListener('closed', () => reject(failure))
  })
