import { EventSource } from 'eventsource'
import { readChunk } from './application.ts'
import type { Run } from './peer.ts'

/**
 * README, "Usage": listeners, and `close()` when the application has what it wants, here at the end marker; "Message and
 * code properties on errors". An error that leaves it `CLOSED` is final [whatwg]; after any other it reconnects.
 */
export const run: Run = (url, deliver) =>
  new Promise((resolve, reject) => {
    const source = new EventSource(url)
    const end = (settle: () => void) => {
      source.close()
      settle()
    }
    source.addEventListener('message', ({ data }) => {
      try {
        const text = readChunk(data)
        if (text === undefined) end(resolve)
        else deliver(text)
      } catch (error) {
        end(() => reject(error))
      }
    })
    source.addEventListener('error', (error) => {
      // An event that the server named "error" comes here too, with its data.
      if ('data' in error) end(() => reject(error))
      else if (source.readyState === source.CLOSED) reject(error)
    })
  })
