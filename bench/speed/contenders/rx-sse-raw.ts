import { fromEventStream } from '../../../src/index.ts'
import type { Read } from '../contender.ts'

export const read: Read = (url, onEvent) =>
  new Promise((resolve, reject) => {
    fromEventStream(url).subscribe({ next: onEvent, complete: resolve, error: reject })
  })
