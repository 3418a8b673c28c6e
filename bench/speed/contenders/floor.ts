import { createParser } from 'eventsource-parser'
import { Agent, type Dispatcher } from 'undici'
import type { Read } from '../contender.ts'

const dispatcher = new Agent()

/** The floor: undici's `dispatch`, a `TextDecoder`, eventsource-parser. No ending, no deadline, no limit, no error is looked at. */
export const floor =
  (onData: (data: string, onEvent: (value: unknown) => void) => void): Read =>
  (url, onEvent) =>
    new Promise((resolve, reject) => {
      const { origin, pathname } = new URL(url)
      const decoder = new TextDecoder()
      const parser = createParser({ onEvent: ({ data }) => onData(data, onEvent) })
      const handler: Dispatcher.DispatchHandler = {
        onRequestStart() {},
        onResponseStart() {},
        onResponseData: (_, chunk) => parser.feed(decoder.decode(chunk, { stream: true })),
        onResponseEnd: () => resolve(),
        onResponseError: (_, error) => reject(error),
      }
      dispatcher.dispatch(
        { origin, path: pathname, method: 'GET', headersTimeout: 0, bodyTimeout: 0 },
        handler,
      )
    })

export const read: Read = floor((data, onEvent) => {
  if (data !== '[DONE]') onEvent(JSON.parse(data))
})
