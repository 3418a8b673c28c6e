import { createParser } from 'eventsource-parser'
import { Agent } from 'undici'
import type { Read } from '../contender.ts'

const dispatcher = new Agent()

/** By hand: the next request as soon as undici tells of the cut, with the last ID. */
export const read: Read = (url, onEvent) =>
  new Promise((resolve, reject) => {
    const { origin, pathname: path } = new URL(url)
    let lastEventId: string | undefined
    const send = (): void => {
      const decoder = new TextDecoder()
      const parser = createParser({
        onEvent: ({ id, data }) => {
          lastEventId = id
          if (data !== '[DONE]') onEvent(data)
        },
      })
      const asked = lastEventId
      dispatcher.dispatch(
        {
          origin,
          path,
          method: 'GET',
          headersTimeout: 0,
          bodyTimeout: 0,
          headers: asked === undefined ? {} : { 'last-event-id': asked },
        },
        {
          onRequestStart() {},
          onResponseStart() {},
          onResponseData: (_, chunk) => void parser.feed(decoder.decode(chunk, { stream: true })),
          onResponseEnd: () => resolve(),
          onResponseError: (_, error) => {
            if (lastEventId === asked) reject(error)
            else send()
          },
        },
      )
    }
    send()
  })
