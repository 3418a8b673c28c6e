import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scenarios, startFaultServer } from 'rx-sse/testing'
import { answer } from './answer.mjs'

test('an answer that was cut is not shown as whole', async () => {
  const server = await startFaultServer(scenarios['clean-end'])
  assert.deepEqual(await answer(server.url), { text: 'A stream that stops', ended: 'cut' })
  await server.close()
})
