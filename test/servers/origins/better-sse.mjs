// An endless feed of better-sse: an event every few milliseconds, and those that a client has missed.
// GET /feed: the feed. POST /end: ends every response cleanly. GET /sessions: how many are open.
import { createServer } from 'node:http'
import { createSession } from 'better-sse'

const EVERY_MS = 5
const RECONNECTION_TIME_MS = 100

const history = []
const sessions = new Map()
let connections = 0

const push = (session, { id, n }) => session.push({ n }, 'tick', id)

setInterval(() => {
  const event = { id: `e${history.length + 1}`, n: history.length + 1 }
  history.push(event)
  for (const session of sessions.keys()) push(session, event)
}, EVERY_MS)

const server = createServer(async (req, res) => {
  if (req.url === '/end') {
    for (const response of sessions.values()) response.end()
    res.writeHead(204).end()
  } else if (req.url === '/sessions') {
    res.end(JSON.stringify({ open: sessions.size, connections }))
  } else if (req.url === '/gone') {
    await createSession(req, res, { statusCode: 204 })
    res.end()
  } else {
    connections++
    const session = await createSession(req, res, { retry: RECONNECTION_TIME_MS, keepAlive: 20 })
    session.on('disconnected', () => sessions.delete(session))
    // Nothing is awaited between here and the end of the handler, so that no tick comes between.
    const seen = history.findIndex(({ id }) => id === session.lastId)
    for (const event of seen === -1 ? [] : history.slice(seen + 1)) push(session, event)
    sessions.set(session, res)
  }
})
server.listen(0, '127.0.0.1', () => console.log(`listening on ${server.address().port}`))
