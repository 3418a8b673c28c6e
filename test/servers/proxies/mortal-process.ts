import { createServer } from 'node:http'
import type { Socket } from 'node:net'
import { readBody, writeFirstHalf } from './completion.ts'

/** An origin that is there to be killed: it answers half of the stream, says so, and goes silent. */
const server = createServer({ keepAliveTimeout: 0 }, (request, response) => {
  void readBody(request)
    .then(() => writeFirstHalf(response))
    .then(() => process.send?.('written'))
})

process.on('message', (_, socket) => {
  server.emit('connection', socket as Socket)
})
process.on('disconnect', () => process.exit())
