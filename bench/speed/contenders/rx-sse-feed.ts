import { eventSource, fromEventStream } from '../../../src/index.ts'
import type { Read } from '../contender.ts'

/** A feed has no end of its own: this one ends at what is a marker elsewhere. */
export const read: Read = (url, onEvent) =>
  new Promise((resolve, reject) => {
    const subscription = fromEventStream(url, { dialect: eventSource() }).subscribe({
      next: (event) => {
        if (event.data !== '[DONE]') {
          onEvent(event)
        } else {
          subscription.unsubscribe()
          resolve()
        }
      },
      error: reject,
    })
  })
