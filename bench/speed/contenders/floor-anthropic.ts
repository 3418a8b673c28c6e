import type { Read } from '../contender.ts'
import { floor } from './floor.ts'

export const read: Read = floor((data, onEvent) => {
  const event = JSON.parse(data) as { readonly type: string }
  if (event.type === 'content_block_delta') onEvent(event)
})
