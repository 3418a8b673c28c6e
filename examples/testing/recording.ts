import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { scenarios, startFaultServer } from 'rx-sse/testing'

const server = await startFaultServer(scenarios.stall)

// What was sent.
const stop = new AbortController()
await fetch(`${server.url}/v1/chat/completions?stream=1`, {
  method: 'POST',
  headers: { authorization: 'Bearer key' },
  body: '{"model":"m"}',
  signal: stop.signal,
})
const request = await server.received(1)
assert.equal(request.method, 'POST')
assert.equal(request.url, '/v1/chat/completions?stream=1')
assert.equal(request.headers.authorization, 'Bearer key')
assert.equal(request.body, '{"model":"m"}')

// That the Stop button ends the request, and does not only hide the text.
assert.equal(request.clientGoneAt, undefined)
stop.abort()
await server.abandoned(1)
assert.ok(request.clientGoneAt! >= request.at)

// How often it was asked, and after which pauses.
server.use(scenarios['overloaded-then-whole'])
while (!(await fetch(server.url)).ok) await sleep(100)
const [, first, second] = server.requests
assert.equal(server.requests.length, 3)
assert.ok(second!.at - first!.at >= 90)

await server.close()
