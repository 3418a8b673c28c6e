import assert from 'node:assert/strict'
import { chatCompletion, gatewayError, type Scenario, startFaultServer } from 'rx-sse/testing'

const scenario: Scenario = {
  events: chatCompletion('Buy low, sell high.'),
  answers: [
    gatewayError('rate_limit_exceeded', { retryAfter: 2 }),
    { fault: { type: 'in-band-error', after: { events: 3 }, error: { code: 'model_timeout' } } },
    {},
  ],
}

const server = await startFaultServer(scenario)
const refused = await fetch(server.url)
assert.equal(`${refused.status} ${refused.headers.get('retry-after')}`, '429 2')
assert.match(await (await fetch(server.url)).text(), /low,.*\n\ndata: \{"error":\{"type":"model_error"/)
assert.match(await (await fetch(server.url)).text(), /sell.*\[DONE\]/s)
await server.close()
