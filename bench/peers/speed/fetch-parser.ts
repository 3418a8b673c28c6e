import { EventSourceParserStream } from 'eventsource-parser/stream'
import type { Read } from '../../speed/contender.ts'

/** README of eventsource-parser, "Stream usage". */
export const read: Read = async (url, onEvent) => {
  const response = await fetch(url)
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  const events = response
    .body!.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
  for await (const { data } of events) {
    if (data === '[DONE]') return
    onEvent(JSON.parse(data))
  }
}
