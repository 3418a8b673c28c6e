import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** 100 MB of events as fast as the client takes them. Run in a process of its own. */
const event = `data: ${'x'.repeat(16 * 1024)}\n\n`
const COUNT = 6_400

const server = createServer((_, res) => {
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  let sent = 0
  const send = (): void => {
    while (sent < COUNT) {
      sent++
      if (!res.write(event)) {
        res.once('drain', send)
        return
      }
    }
    res.end('data: [DONE]\n\n')
  }
  send()
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
