import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/**
 * Streams chat chunks, in a process of its own. `/burst?n=` as fast as the socket takes them; `/trickle?n=` one write
 * an event, one event a turn of the event loop, so that each arrives as a chunk.
 */
const event = Buffer.from(
  `data: ${JSON.stringify({ id: 'c-1', object: 'chat.completion.chunk', created: 1, model: 'm', choices: [{ index: 0, delta: { content: 'token ' }, finish_reason: null }] })}\n\n`,
)
const many = Buffer.concat(Array(500).fill(event))

const server = createServer((req, res) => {
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  res.socket?.setNoDelay(true)
  const { pathname, searchParams } = new URL(req.url ?? '/', 'http://host')
  let left = Number(searchParams.get('n'))
  const end = (): void => void res.end('data: [DONE]\n\n')
  const burst = (): void => {
    while (left > 0) {
      left -= 500
      if (!res.write(many)) {
        res.once('drain', burst)
        return
      }
    }
    end()
  }
  const trickle = (): void => {
    if (left-- <= 0) end()
    else res.write(event, () => setImmediate(trickle))
  }
  if (pathname === '/burst') burst()
  else trickle()
})
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port))
