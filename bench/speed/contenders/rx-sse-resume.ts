import { fromEventStream } from '../../../src/index.ts'
import type { Read } from '../contender.ts'

/** Without the wait before another attempt: it is chosen, and not a cost. */
export const read: Read = (url, onEvent) =>
  new Promise((resolve, reject) => {
    fromEventStream(url, { retry: { delay: 0, jitter: 'none' } }).subscribe({
      next: onEvent,
      complete: resolve,
      error: reject,
    })
  })
