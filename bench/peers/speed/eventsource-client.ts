import { createEventSource } from 'eventsource-client'
import type { Read } from '../../speed/contender.ts'

/** README, "Usage (async iterator)": `for await`, and `close()` after it. */
export const read: Read = async (url, onEvent) => {
  const source = createEventSource({ url })
  try {
    for await (const { data } of source) {
      if (data === '[DONE]') return
      onEvent(JSON.parse(data))
    }
  } finally {
    source.close()
  }
}
