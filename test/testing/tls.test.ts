import { execFile } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { connect as connectTcp } from 'node:net'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { request } from 'undici'
import { describe, expect, it } from 'vitest'
import { type FaultServer, scenarios, startFaultServer } from '../../src/testing/index.ts'
import { until } from '../server.ts'
import { http2Request } from './http2-client.ts'
import { dechunk, readResponse, send } from './raw-client.ts'
import { openHttp2, RawHttp2 } from './raw-http2.ts'
import { closed, openSecureSocket, openTapped, RECORD, type TappedTls } from './secure-client.ts'
import { FIVE, one, start, WIRES, wire } from './wire.ts'

const after = { events: 5 }

/** The alerts of the server, which TLS 1.2 encrypts but does not hide. */
const alerts = ({ records }: TappedTls): number => records().filter((type) => type === RECORD.alert).length

const tapped = async (server: FaultServer): Promise<TappedTls> => {
  const tap = openTapped(server)
  tap.tls.resume()
  send(tap.tls, {})
  await until(() => tap.ended() !== undefined, 'the end of the connection')
  return tap
}

describe('close_notify over TLS', () => {
  it.each([
    ['fin', scenarios.fin],
    ['fin-before-head', scenarios['fin-before-head']],
    ['unframed', scenarios.unframed],
    ['unframed-fin', scenarios['unframed-fin']],
    [
      'a clean end and Connection: close',
      one({ headers: { connection: 'close' }, fault: { type: 'clean-end', after } }),
    ],
    ['short-content-length', scenarios['short-content-length']],
    ['bad-chunk-size', scenarios['bad-chunk-size']],
  ] as const)('is the last record before the FIN: %s', async (_, scenario) => {
    const tap = await tapped(await start(scenario, WIRES.https))
    expect(tap.records().at(-1)).toBe(RECORD.alert)
    expect(alerts(tap)).toBe(1)
    expect(tap.ended()).toBe('fin')
  })

  it.each([
    ['tls-no-close-notify', scenarios['tls-no-close-notify'], 'fin'],
    ['unframed', scenarios['tls-no-close-notify-unframed'], 'fin'],
    ['instead of a response', one({ fault: { type: 'no-close-notify', after: 'request' } }), 'fin'],
    ['rst', scenarios.rst, 'reset'],
    ['reset-before-head', scenarios['reset-before-head'], 'reset'],
  ] as const)('is not there: %s', async (_, scenario, ended) => {
    const tap = await tapped(await start(scenario, WIRES.https))
    expect(alerts(tap)).toBe(0)
    expect(tap.records().length).toBeGreaterThan(2)
    expect(tap.ended()).toBe(ended)
  })

  it('is missed only at the end: all that was due came before', async () => {
    const events = ['n'.repeat(400_000), 'o']
    const fault = { type: 'no-close-notify', after: { events: 1 } } as const
    const server = await start({ events, answers: [{ fault }] }, WIRES.https)
    const socket = openSecureSocket(server)
    send(socket, {})
    const { body, ended } = await readResponse(socket)
    expect(dechunk(body)).toMatchObject({ end: 'cut' })
    expect(dechunk(body).bytes.toString()).toBe(wire(events.slice(0, 1)))
    expect(ended).toBe('fin')
    socket.destroy()
    await until(() => server.connections === 0, 'the connection to be gone')
    expect(server.requests[0]?.clientGoneAt).toBeUndefined()
  })

  it.each([
    ['fin', 1, 'fin'],
    ['tls-no-close-notify', 0, 'fin'],
    ['h2-goaway', 1, 'fin'],
    ['rst', 0, 'reset'],
  ] as const)('over HTTP/2, %s: %i, then %s', async (name, expected, ended) => {
    const server = await start(scenarios[name], WIRES.h2)
    const tap = openTapped(server, { ALPNProtocols: ['h2'] })
    const client = new RawHttp2(tap.tls)
    const id = client.request()
    await until(() => tap.ended() !== undefined, 'the end of the connection')
    await until(() => client.body(id).toString() === FIVE, 'the events')
    expect([alerts(tap), tap.ended()]).toEqual([expected, ended])
    client.socket.destroy()
    await until(() => server.connections === 0, 'the connection to be gone')
  })
})

const openssl = promisify(execFile)
const hasOpenssl = await openssl('openssl', ['version']).then(
  () => true,
  () => false,
)

describe.skipIf(!hasOpenssl)('OpenSSL agrees', () => {
  /** What `s_client` says of the end: version 3 takes a missing close_notify for an error. */
  const ask = async (server: FaultServer): Promise<string> => {
    const { port } = new URL(server.url)
    const running = openssl('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, '-ign_eof', '-quiet'])
    running.child.stdin?.end('GET / HTTP/1.1\r\nhost: test\r\n\r\n')
    return running.then(
      ({ stdout, stderr }) => stdout + stderr,
      ({ stdout, stderr }) => stdout + stderr,
    )
  }

  it('about the close_notify of fin and of its absence', async () => {
    const fin = await ask(await start(scenarios.fin, WIRES.https))
    expect(fin).toContain('chat.completion.chunk')
    expect(fin).not.toContain('unexpected eof')
    const cut = await ask(await start(scenarios['tls-no-close-notify'], WIRES.https))
    expect(cut).toContain('chat.completion.chunk')
    expect(cut).toContain('unexpected eof')
  })

  it('about the certificate', async () => {
    const { certificate } = await start({}, WIRES.https)
    const run = openssl('openssl', ['x509', '-noout', '-ext', 'subjectAltName,extendedKeyUsage'])
    run.child.stdin?.end(certificate)
    const { stdout } = await run
    expect(stdout).toContain('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
    expect(stdout).toContain('TLS Web Server Authentication')
  })
})

describe('a server with TLS', () => {
  it('has an https URL, and a client that trusts it is served under each of its names', async () => {
    const server = await start({}, WIRES.https)
    expect(server.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    for (const servername of ['localhost', '']) {
      const socket = openSecureSocket(server, { servername })
      send(socket, {})
      expect(dechunk((await readResponse(socket)).body).bytes.toString()).toBe(wire())
      expect(socket.authorized).toBe(true)
    }
  })

  it.each(['https', 'h2'] as const)(
    'over %s, leaves nothing of a client that does not trust it',
    async (name) => {
      const server = await start({}, WIRES[name])
      const error = await closed(openSecureSocket(server, { ca: [] }))
      expect(error).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
      const wrongName = await closed(openSecureSocket(server, { servername: 'example.com' }))
      expect(wrongName).toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' })
      await expect(request(server.url)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
      await until(() => server.connections === 0, 'the connections to be gone')
      expect(server.requests).toEqual([])
    },
  )

  it.each(['https', 'h2'] as const)(
    'over %s, drops a client that speaks no TLS, and goes on',
    async (name) => {
      const server = await start({}, WIRES[name])
      for (const garbage of [
        'GET / HTTP/1.1\r\n\r\n',
        '\u0016\u0003\u0001\u0000\u0005hello',
        '\u0000'.repeat(600),
      ]) {
        const { port } = new URL(server.url)
        const socket = connectTcp({ host: '127.0.0.1', port: Number(port) })
        socket.on('error', () => {})
        const over = closed(socket)
        socket.write(garbage)
        await over
      }
      await until(() => server.connections === 0, 'the connections to be gone')
      expect(server.requests).toEqual([])
      const response = name === 'h2' ? await http2Request(server) : undefined
      const socket = openSecureSocket(server, name === 'h2' ? { ALPNProtocols: ['h2'] } : {})
      if (response === undefined) send(socket, {})
      expect(response?.body.toString() ?? dechunk((await readResponse(socket)).body).bytes.toString()).toBe(
        wire(),
      )
    },
  )

  it('negotiates the protocol by ALPN', async () => {
    for (const [name, protocol] of [
      ['https', 'http/1.1'],
      ['h2', 'h2'],
    ] as const) {
      const socket = openSecureSocket(await start({}, WIRES[name]), { ALPNProtocols: ['h2', 'http/1.1'] })
      await new Promise((resolve) => socket.once('secureConnect', resolve))
      expect(socket.alpnProtocol).toBe(protocol)
    }
  })

  it('takes a key and a certificate of your own', async () => {
    const pem = (name: string): string =>
      readFileSync(resolve(import.meta.dirname, `../tls/${name}.pem`), 'utf8')
    const own = { key: pem('key'), cert: pem('cert') }
    const server = await start({}, { tls: own })
    expect(server.certificate).toBe(own.cert)
    const socket = openSecureSocket(server, { servername: 'localhost' })
    send(socket, {})
    expect((await readResponse(socket)).status).toBe(200)
    expect(socket.getPeerX509Certificate()?.fingerprint256).toBe(new X509Certificate(own.cert).fingerprint256)
    const second = await start({}, { tls: own, protocol: 'h2' })
    const client = openHttp2(second)
    const id = client.request()
    await client.over(id)
    expect(client.end(id)).toBe('end-stream')
  })

  it.each(['http/1.1', 'h2'] as const)('of %s refuses a wrong pair', async (protocol) => {
    const [one, two] = [await start({}, WIRES.https), await start({}, WIRES.https)]
    const key = readFileSync(resolve(import.meta.dirname, '../tls/key.pem'), 'utf8')
    for (const [pair, why] of [
      [{ key, cert: one.certificate as string }, /key values mismatch|key type mismatch/i],
      [{ key: 'x', cert: two.certificate as string }, /./],
      [{ key, cert: '' }, /./],
      [{ key: '', cert: '' }, /./],
    ] as const) {
      const refused = startFaultServer({}, { protocol, tls: pair })
      await expect(refused).rejects.toThrow(TypeError)
      await expect(refused).rejects.toThrow(
        /^options\.tls: key and cert are no pair that can be used \(.+\)$/,
      )
      await expect(refused).rejects.toThrow(why)
    }
  })
})
