import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { COMPLETION_TEXT, type FaultServer, scenarios, startFaultServer } from 'rx-sse/testing'
import { answer } from './answer.mjs'

describe('an answer', () => {
  let server: FaultServer
  before(async () => {
    server = await startFaultServer()
  })
  afterEach(() => server.use({}))
  after(() => server.close())

  it('is whole after [DONE]', async () => {
    assert.deepEqual(await answer(server.url), { text: COMPLETION_TEXT, ended: 'whole' })
  })

  for (const name of ['fin', 'rst', 'clean-end', 'cut-in-event', 'appended-text'] as const) {
    it(`is cut: ${name}`, async () => {
      server.use(scenarios[name])
      assert.deepEqual(await answer(server.url), { text: 'A stream that stops', ended: 'cut' })
    })
  }

  it('says what the server says inside the stream', async () => {
    server.use(scenarios['in-band-error-then-done'])
    assert.equal((await answer(server.url)).ended, 'failed: the model is overloaded')
  })

  it('is asked for once, with a POST', async () => {
    const before = server.requests.length
    await answer(`${server.url}/v1/chat/completions`)
    const [request, ...more] = server.requests.slice(before)
    assert.equal(`${request?.method} ${request?.url}`, 'POST /v1/chat/completions')
    assert.deepEqual(JSON.parse(request?.body ?? ''), { model: 'm', stream: true })
    assert.equal(more.length, 0)
  })
})
