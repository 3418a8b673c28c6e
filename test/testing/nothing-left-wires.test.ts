import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { WIRES, type Wire } from './wire.ts'

const module = new URL('../../src/testing/index.ts', import.meta.url).href

/**
 * A process ends by itself only once no timer, socket or server is left in it; a rejection that nobody handles ends it
 * with an error, and too many listeners are told on stderr.
 */
const run = (script: string) =>
  promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script],
    { timeout: 20_000 },
  )

/** Clients in this process would keep it alive: they are in one of their own that outlives it. */
const prelude = (options: object): string => `
  import { connect } from 'node:net'
  import { connect as connectTls } from 'node:tls'
  import { connect as connectHttp2 } from 'node:http2'
  import { setTimeout as sleep } from 'node:timers/promises'
  import { startFaultServer } from ${JSON.stringify(module)}
  const options = ${JSON.stringify(options)}
  const until = async (condition) => { while (!condition()) await sleep(2) }
  const quiet = (socket) => { socket.on('error', () => {}); socket.unref?.(); return socket }
  const tcp = (server) => quiet(connect(Number(new URL(server.url).port), '127.0.0.1'))
  const tls = (server) => quiet(connectTls({
    port: Number(new URL(server.url).port), host: '127.0.0.1', ca: server.certificate,
    ALPNProtocols: [options.protocol ?? 'http/1.1'],
  }))
  const raw = (server) => options.tls ? tls(server) : tcp(server)
  const session = (server) => {
    const opened = connectHttp2(server.url, { ca: server.certificate })
    opened.on('error', () => {})
    opened.unref()
    return opened
  }
  const ask = (server) => {
    if (options.protocol !== 'h2') {
      const socket = raw(server)
      socket.write('GET / HTTP/1.1\\r\\nhost: x\\r\\n\\r\\n')
      return socket
    }
    const stream = session(server).request({ ':path': '/' })
    stream.on('error', () => {})
    return stream
  }
  const askHalf = (server) => {
    if (options.protocol !== 'h2') {
      const socket = raw(server)
      socket.write('POST / HTTP/1.1\\r\\nhost: x\\r\\ncontent-length: 100\\r\\n\\r\\nhalf')
      return socket
    }
    const stream = session(server).request({ ':path': '/', ':method': 'POST' }, { endStream: false })
    stream.on('error', () => {})
    stream.write('half')
    return stream
  }
  const noLeft = async () => {
    const left = () => process.getActiveResourcesInfo().filter((name) => /Server|Timeout/.test(name))
    // The system's own handles go some turns later than their servers say.
    for (let n = 0; n < 100 && left().length > 0; n++) await sleep(5)
    if (left().length > 0) throw new Error('left: ' + left())
  }
`

const wires = Object.keys(WIRES) as Wire[]

describe.each(wires)('close() over %s leaves nothing', (wire) => {
  const start = prelude(WIRES[wire])

  it('of streams that stall, chat, are paced, delayed, coded or half sent', async () => {
    const { stdout, stderr } = await run(`${start}
      const server = await startFaultServer({}, options)
      const answers = [
        { fault: { type: 'stall', after: { events: 1 } } },
        { fault: { type: 'stall', after: 'request' } },
        { coding: 'zstd', fault: { type: 'comments', after: { events: 1 }, everyMs: 30_000 } },
        { coding: 'gzip', paceMs: 600_000 },
        { coding: 'br', fault: { type: 'stall', after: { bytes: 1 } } },
        { delayMs: 600_000 },
        { writeSize: 1000, events: ['x'.repeat(10_000_000)] },
      ]
      let seen = 0
      for (const answer of answers) {
        server.use({ answers: [answer] })
        ask(server)
        seen++
        await until(() => server.requests.length === seen)
      }
      askHalf(server)
      await until(() => server.requests.length === seen + 1)
      await sleep(30)
      const { connections } = server
      await Promise.all([server.close(), server.close()])
      console.log(connections, server.connections)
      console.log(server.requests.filter(({ clientGoneAt }) => clientGoneAt !== undefined).length)
      await noLeft()
    `)
    expect(stderr).toBe('')
    expect(stdout).toBe('8 0\n0\n')
  })

  it('of connections that say nothing, garbage, half a handshake or half a preface', async () => {
    const { stdout, stderr } = await run(`${start}
      const server = await startFaultServer({}, options)
      tcp(server)
      tcp(server).write(Buffer.from('1603010200010001fc0303', 'hex'))
      tcp(server).write('PRI * HTTP/2.0\\r\\n')
      for (let n = 0; n < 3; n++) raw(server)
      const garbage = [tcp(server), tcp(server)]
      garbage[0].end(Buffer.alloc(5000, 0xfe))
      garbage[1].write('\\0\\0\\0\\0')
      const untrusting = options.tls ? quiet(connectTls(Number(new URL(server.url).port), '127.0.0.1')) : undefined
      await until(() => server.connections >= 4)
      await sleep(50)
      // In the middle of a handshake too.
      raw(server)
      tcp(server)
      await new Promise(setImmediate)
      await server.close()
      console.log(server.connections, server.requests.length)
      await noLeft()
    `)
    expect(stderr).toBe('')
    expect(stdout).toBe('0 0\n')
  })

  it('of connections that it has broken itself, with clients that keep their half open', async () => {
    const faults = [
      { type: 'fin', after: { events: 1 } },
      { type: 'fin', after: 'request' },
      ...(wire.startsWith('h2')
        ? [{ type: 'goaway', after: { events: 1 } }]
        : [{ type: 'bad-chunk-size', after: { events: 1 } }]),
      ...(wire === 'https' || wire === 'h2' ? [{ type: 'no-close-notify', after: { events: 1 } }] : []),
    ]
    const { stdout, stderr } = await run(`${start}
      const server = await startFaultServer({}, options)
      let seen = 0
      for (const fault of ${JSON.stringify(faults)}) {
        server.use({ answers: [{ fault }] })
        const socket = ask(server)
        socket.allowHalfOpen = true
        socket.resume()
        await new Promise((resolve) => socket.once('end', resolve).once('close', resolve))
        seen++
        await until(() => server.requests.length === seen)
      }
      await server.close()
      console.log(server.connections, server.requests.filter(({ clientGoneAt }) => clientGoneAt !== undefined).length)
      await noLeft()
    `)
    expect(stderr).toBe('')
    expect(stdout).toBe('0 0\n')
  })

  it('of a hundred requests at once, nor does it warn of listeners', async () => {
    const { stdout, stderr } = await run(`${start}
      const server = await startFaultServer({ answers: [{ paceMs: 5 }] }, options)
      if (options.protocol === 'h2') {
        const one = session(server)
        for (let n = 0; n < 100; n++) one.request({ ':path': '/' }).on('error', () => {}).resume()
      } else for (let n = 0; n < 100; n++) ask(server).resume()
      await until(() => server.requests.length === 100)
      await sleep(20)
      await server.close()
      console.log(server.connections)
      await noLeft()
    `)
    expect(stderr).toBe('')
    expect(stdout).toBe('0\n')
  })
})

it('a start that is refused leaves nothing', async () => {
  const { stdout, stderr } = await run(`${prelude({})}
    const refusals = []
    const refuse = (scenario, options) => startFaultServer(scenario, options).catch(({ message }) => refusals.push(message))
    const { createServer } = await import('node:net')
    const taken = createServer()
    await new Promise((resolve) => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address()
    await refuse({}, { port })
    await refuse({}, { port, tls: true, protocol: 'h2' })
    taken.close()
    await refuse({ fixture: { file: 'there is none' } })
    await refuse({ answers: [{ fault: { type: 'goaway', after: 'request' } }] })
    await refuse({}, { tls: { key: '', cert: '' } })
    console.log(refusals.length)
    await noLeft()
  `)
  expect(stderr).toBe('')
  expect(stdout).toBe('5\n')
})
