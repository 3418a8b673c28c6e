import assert from 'node:assert/strict'
import { scenarios, startFaultServer } from 'rx-sse/testing'
import { Agent, fetch } from 'undici'

const server = await startFaultServer(scenarios['h2-reset'], { protocol: 'h2', tls: true })
const dispatcher = new Agent({ connect: { ca: server.certificate } })

const response = await fetch(server.url, { dispatcher })
await assert.rejects(response.text(), /terminated/)
assert.equal(server.requests[0]?.protocol, 'h2')

await dispatcher.close()
await server.close()
