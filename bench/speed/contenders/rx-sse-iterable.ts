import { openaiChat, toAsyncIterable } from '../../../src/index.ts'
import type { Read } from '../contender.ts'

export const read: Read = async (url, onEvent) => {
  for await (const chunk of toAsyncIterable(url, { dialect: openaiChat() })) onEvent(chunk)
}
