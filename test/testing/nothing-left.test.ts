import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const module = new URL('../../src/testing/index.ts', import.meta.url).href

/** A process ends by itself only once no timer, socket or server is left in it. */
const run = (script: string) =>
  promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 })

const CONNECT = `
  import { connect } from 'node:net'
  const ask = (url) => new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.write('GET / HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')
    socket.once('data', resolve)
    socket.on('error', () => {})
  })
`

it('close() leaves nothing that would keep a process alive, with streams open', async () => {
  const { stdout } = await run(`
    ${CONNECT}
    import { startFaultServer } from ${JSON.stringify(module)}
    const server = await startFaultServer()
    for (const answer of [
      { fault: { type: 'stall', after: { events: 1 } } },
      { coding: 'zstd', fault: { type: 'comments', after: { events: 1 }, everyMs: 30_000 } },
      { paceMs: 600_000, coding: 'gzip' },
      { framing: 'unframed', fault: { type: 'stall', after: { bytes: 1 } } },
    ]) {
      server.use({ answers: [answer] })
      await ask(server.url)
    }
    console.log(server.connections)
    await server.close()
  `)
  expect(stdout).toBe('4\n')
})

it('close() of a replay leaves nothing either', async () => {
  const { stdout } = await run(`
    ${CONNECT}
    import { replayCapture } from ${JSON.stringify(module)}
    const server = await replayCapture(new TextEncoder().encode('HTTP/1.1 200 OK\\r\\n\\r\\n'), 'keep-open')
    await ask(server.url)
    console.log(server.requests.length)
    await server.close()
  `)
  expect(stdout).toBe('1\n')
})
