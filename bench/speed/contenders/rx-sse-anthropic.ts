import { filter } from 'rxjs'
import { anthropicMessages, fromEventStream } from '../../../src/index.ts'
import type { Read } from '../contender.ts'

export const read: Read = (url, onEvent) =>
  new Promise((resolve, reject) => {
    fromEventStream(url, { dialect: anthropicMessages() })
      .pipe(filter(({ type }) => type === 'content_block_delta'))
      .subscribe({ next: onEvent, complete: resolve, error: reject })
  })
