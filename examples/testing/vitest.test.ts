import { COMPLETION_TEXT, type Scenario, scenarios, startFaultServer } from 'rx-sse/testing'
import { expect, onTestFinished, test } from 'vitest'
import { answer } from './answer.mjs'

async function faultServer(scenario?: Scenario) {
  const server = await startFaultServer(scenario)
  onTestFinished(() => server.close())
  return server
}

test('a whole answer', async () => {
  const { url, requests } = await faultServer()
  expect(await answer(url)).toEqual({ text: COMPLETION_TEXT, ended: 'whole' })
  expect(requests).toMatchObject([{ method: 'POST', body: '{"model":"m","stream":true}' }])
})

test.each(['fin', 'rst', 'clean-end', 'cut-in-event'] as const)('an answer that is cut: %s', async (name) => {
  const { url } = await faultServer(scenarios[name])
  expect(await answer(url)).toEqual({ text: 'A stream that stops', ended: 'cut' })
})

test('an error inside the stream', async () => {
  const { url } = await faultServer(scenarios['in-band-error'])
  expect(await answer(url)).toEqual({
    text: 'A stream that stops',
    ended: 'failed: the model is overloaded',
  })
})

test('an answer that is refused, and asked for again', async () => {
  const { url, requests } = await faultServer(scenarios['overloaded-then-whole'])
  expect(await answer(url)).toEqual({ text: '', ended: 'refused with 503' })
  expect(await answer(url)).toMatchObject({ ended: 'whole' })
  expect(requests).toHaveLength(2)
})
