import { fromEventStream, openaiChat } from '../../../src/index.ts'
import type { Read } from '../contender.ts'

export const read: Read = (url, onEvent) =>
  new Promise((resolve, reject) => {
    fromEventStream(url, { dialect: openaiChat() }).subscribe({
      next: onEvent,
      complete: resolve,
      error: reject,
    })
  })
