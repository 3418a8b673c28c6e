import type { Read } from '../contender.ts'
import { floor } from './floor.ts'

export const read: Read = floor((data, onEvent) => {
  if (data !== '[DONE]') onEvent(data)
})
