import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { eventStreamSignals, fromEventStream, openaiChat, toAsyncIterable } from '../../src/index.ts'
import { lastEventIdOf, type RelaySource, relayResponse } from '../../src/relay/index.ts'
import { type Relay, relayContract } from './relay-contract.ts'

type Source = (gateway: string, lastEventId: string | undefined) => RelaySource<unknown>

/** A server of Node's own, as docs/relay.md has it. */
const serving =
  (source: Source) =>
  async (gateway: string): Promise<Relay> => {
    const answer: RequestListener = async (req, res) => {
      const gone = new AbortController()
      res.on('close', () => gone.abort())
      const response = await relayResponse(source(gateway, lastEventIdOf(req.headers)), {
        heartbeatMs: 20,
        signal: gone.signal,
      })
      res.writeHead(response.status, Object.fromEntries(response.headers))
      // Rejects if the reader goes.
      await pipeline(response.body ?? [], res).catch(() => {})
    }
    const server = createServer(answer)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/chat`,
      async close() {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    }
  }

const asking = (lastEventId: string | undefined) => ({ body: { model: 'm', stream: true }, lastEventId })

relayContract(
  'an Observable of events',
  serving((gateway, lastEventId) => fromEventStream(gateway, asking(lastEventId))),
)

relayContract(
  'an Observable of signals',
  serving((gateway, lastEventId) =>
    eventStreamSignals(gateway, { ...asking(lastEventId), dialect: openaiChat() }),
  ),
)

relayContract(
  'an AsyncIterable',
  serving((gateway, lastEventId) => toAsyncIterable(gateway, asking(lastEventId))),
)
