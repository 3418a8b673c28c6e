import { fetchTransport, fromEventStream, openaiChat } from '../../../src/index.ts'
import type { Read } from '../contender.ts'

const transport = fetchTransport()

export const read: Read = (url, onEvent) =>
  new Promise((resolve, reject) => {
    fromEventStream(url, { dialect: openaiChat(), transport }).subscribe({
      next: onEvent,
      complete: resolve,
      error: reject,
    })
  })
