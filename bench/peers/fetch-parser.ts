import { EventSourceParserStream } from 'eventsource-parser/stream'
import { readChunk } from './application.ts'
import type { Run } from './peer.ts'

/** README of eventsource-parser, "Stream usage": `fetch` and the two transforms; the status is looked at, as `fetch` asks. */
export const run: Run = async (url, deliver) => {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'test-model', stream: true }),
  })
  if (!response.ok) throw new Error(`HTTP ${response.status}`)
  const events = response
    .body!.pipeThrough(new TextDecoderStream())
    .pipeThrough(new EventSourceParserStream())
  for await (const { data, event } of events) {
    const text = readChunk(data, event)
    if (text === undefined) return
    deliver(text)
  }
}
