import { createParser } from 'eventsource-parser'
import { Agent } from 'undici'
import type { Read } from '../contender.ts'

const dispatcher = new Agent()

/** The floor over undici's `request`, its body read with `for await`. */
export const read: Read = async (url, onEvent) => {
  const { body } = await dispatcher.request({
    origin: new URL(url).origin,
    path: new URL(url).pathname,
    method: 'GET',
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const decoder = new TextDecoder()
  const parser = createParser({
    onEvent: ({ data }) => {
      if (data !== '[DONE]') onEvent(JSON.parse(data))
    },
  })
  for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }))
}
