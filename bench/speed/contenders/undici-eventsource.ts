import { EventSource } from 'undici'
import type { Read } from '../contender.ts'

export const read: Read = (url, onEvent) =>
  new Promise((resolve, reject) => {
    const source = new EventSource(url)
    source.onmessage = ({ data }) => {
      if (data !== '[DONE]') {
        onEvent(JSON.parse(data))
        return
      }
      source.close()
      resolve()
    }
    source.onerror = () => {
      source.close()
      reject(new Error('the stream was not whole'))
    }
  })
