import { EventSource } from 'eventsource'
import type { Read } from '../../speed/contender.ts'

/** README, "Usage": a listener, and `close()` at the end marker. */
export const read: Read = (url, onEvent) =>
  new Promise((resolve, reject) => {
    const source = new EventSource(url)
    source.addEventListener('message', ({ data }) => {
      if (data !== '[DONE]') {
        onEvent(JSON.parse(data))
        return
      }
      source.close()
      resolve()
    })
    source.addEventListener('error', (error) => {
      source.close()
      reject(new Error(error.message))
    })
  })
