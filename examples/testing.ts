import assert from 'node:assert/strict'
import { fromEventStream } from 'rx-sse'
import { scenarios, startFaultServer } from 'rx-sse/testing'
import { count, lastValueFrom } from 'rxjs'

const server = await startFaultServer(scenarios['resume-after-fin'])
const events = await lastValueFrom(fromEventStream(server.url, { retry: { delay: 10 } }).pipe(count()))

assert.equal(events, 27)
assert.equal(server.requests[1]?.headers['last-event-id'], '5')
console.log(`${events} events in ${server.requests.length} requests`)
await server.close()
