import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readBody } from './completion.ts'

/** Numbered events as fast as they are taken, 64 MB of them. In a process of its own, so that its memory counts for itself. */
const COUNT = 4_096
const filling = 'x'.repeat(16 * 1024)

const server = createServer(async (request, response) => {
  response.on('error', () => {})
  await readBody(request)
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  let sent = 0
  const send = (): void => {
    while (sent < COUNT) {
      sent++
      if (!response.write(`id: ${sent}\ndata: ${sent} ${filling}\n\n`)) {
        response.once('drain', send)
        return
      }
    }
    response.end('data: [DONE]\n\n')
  }
  send()
})
server.listen(0, '127.0.0.1', () =>
  process.send?.({ port: (server.address() as AddressInfo).port, count: COUNT }),
)
process.on('disconnect', () => process.exit())
