import { createEventSource } from 'eventsource-client'
import { readChunk } from './application.ts'
import type { Run } from './peer.ts'

/** README, "Usage (async iterator)": `for await`, and `close()` after it, here at the end marker. */
export const run: Run = async (url, deliver) => {
  const source = createEventSource({ url })
  try {
    for await (const { data, event } of source) {
      const text = readChunk(data, event)
      if (text === undefined) return
      deliver(text)
    }
    throw new Error('the client has closed the stream before its end marker')
  } finally {
    source.close()
  }
}
