// An MCP server as the TypeScript SDK makes one: `node mcp-sdk-server.mjs json` answers in JSON, `node mcp-sdk-server.mjs
// polled` keeps its events, and lets its client poll. Prints its port, and each run of the tool.

import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'

const RETRY_MS = 50

/** All events, in order. The ID of one is its place, and the stream that it is of. */
class EventStore {
  #events = []

  async storeEvent(streamId, message) {
    this.#events.push({ streamId, message })
    return `${this.#events.length - 1}@${streamId}`
  }

  async replayEventsAfter(lastEventId, { send }) {
    const place = Number.parseInt(lastEventId, 10)
    const streamId = lastEventId.slice(lastEventId.indexOf('@') + 1)
    for (const [index, event] of this.#events.entries()) {
      if (index > place && event.streamId === streamId) await send(`${index}@${streamId}`, event.message)
    }
    return streamId
  }
}

const kind =
  process.argv[2] === 'json'
    ? { enableJsonResponse: true }
    : { eventStore: new EventStore(), retryInterval: RETRY_MS }

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

function serverOf() {
  const server = new McpServer({ name: 'sdk', version: '0' })
  // Three messages of progress; after the first the client is sent away, and has to ask again.
  server.registerTool('count', {}, async ({ sendNotification, closeSSEStream }) => {
    console.log('run of count')
    for (const progress of [1, 2, 3]) {
      await sendNotification({
        method: 'notifications/progress',
        params: { progressToken: 'p', progress },
      })
      if (progress === 1) closeSSEStream?.()
      await pause(2 * RETRY_MS)
    }
    return { content: [{ type: 'text', text: 'counted' }] }
  })
  server.registerTool('fail', {}, async () => {
    throw new Error('it cannot be done')
  })
  return server
}

const sessions = new Map()

async function transportFor(id) {
  if (id !== undefined && sessions.has(id)) return sessions.get(id)
  const transport = new StreamableHTTPServerTransport({
    ...kind,
    sessionIdGenerator: randomUUID,
    onsessioninitialized: (sessionId) => sessions.set(sessionId, transport),
  })
  await serverOf().connect(transport)
  return transport
}

const http = createServer(async (req, res) => {
  const id = req.headers['mcp-session-id']
  if (id !== undefined && !sessions.has(id)) {
    const error = { code: -32001, message: 'Session not found' }
    res.writeHead(404, { 'content-type': 'application/json' })
    res.end(JSON.stringify({ jsonrpc: '2.0', error, id: null }))
    return
  }
  await (await transportFor(id)).handleRequest(req, res)
})
http.listen(0, '127.0.0.1', () => console.log(`listening on ${http.address().port}`))
