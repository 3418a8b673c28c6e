import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { assertScenario, startFaultServer } from 'rx-sse/testing'

const baseDirectory = import.meta.dirname
const scenario: unknown = JSON.parse(await readFile(join(baseDirectory, 'recorded.json'), 'utf8'))
assertScenario(scenario)

const server = await startFaultServer(scenario, { baseDirectory })
assert.equal(
  await (await fetch(server.url)).text(),
  await readFile(join(baseDirectory, 'recorded.sse'), 'utf8'),
)
assert.match(await (await fetch(server.url)).text(), /^event: token\ndata: Hel$/)
await server.close()
