import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An event every 100 ms, 40 of them. Run in a process of its own. */
const server = createServer((_, res) => {
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  let n = 0
  const timer = setInterval(() => {
    if (n < 40) {
      res.write(`data: ${n++}\n\n`)
    } else {
      clearInterval(timer)
      res.end('data: [DONE]\n\n')
    }
  }, 100)
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
