import { EventSource } from 'launchdarkly-eventsource'
import type { Read } from '../../speed/contender.ts'

/** README, "Usage": `onmessage`, and `close()` at the end marker. */
export const read: Read = (url, onEvent) =>
  new Promise((resolve, reject) => {
    const source = new EventSource(url)
    source.onmessage = ({ data }) => {
      if (data !== '[DONE]') {
        onEvent(JSON.parse(data))
        return
      }
      source.close()
      resolve()
    }
    source.onerror = (error) => {
      source.close()
      reject(new Error(error.message))
    }
  })
