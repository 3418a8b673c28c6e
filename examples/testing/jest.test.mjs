import { COMPLETION_TEXT, scenarios, startFaultServer } from 'rx-sse/testing'
import { answer } from './answer.mjs'

let server
beforeAll(async () => {
  server = await startFaultServer()
})
afterEach(() => server.use({}))
afterAll(() => server.close())

test('a whole answer', async () => {
  expect(await answer(server.url)).toEqual({ text: COMPLETION_TEXT, ended: 'whole' })
  expect(server.requests.at(-1)).toMatchObject({ method: 'POST', body: '{"model":"m","stream":true}' })
})

test.each(['fin', 'rst', 'clean-end', 'cut-in-event'])('an answer that is cut: %s', async (name) => {
  server.use(scenarios[name])
  expect(await answer(server.url)).toEqual({ text: 'A stream that stops', ended: 'cut' })
})

test('an error inside the stream', async () => {
  server.use(scenarios['in-band-error'])
  expect(await answer(server.url)).toMatchObject({ ended: 'failed: the model is overloaded' })
})
