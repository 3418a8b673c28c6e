import { connect } from 'node:net'
import type { Read } from '../contender.ts'

/** Where a text begins on each wire. */
const TEXT = /"(?:content|text)":"(\w+)/g

/** The raw socket, for latencies alone: HTTP is not read, and a text that two reads share is not seen. */
export const read: Read = (url, onEvent) =>
  new Promise((resolve, reject) => {
    const { hostname, port, pathname } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    socket.setEncoding('latin1')
    socket.write(`GET ${pathname} HTTP/1.1\r\nhost: ${hostname}\r\n\r\n`)
    socket.on('data', (text: string) => {
      for (const [, found] of text.matchAll(TEXT)) onEvent(found)
      if (text.includes('[DONE]')) {
        socket.destroy()
        resolve()
      }
    })
    socket.on('error', reject)
  })
