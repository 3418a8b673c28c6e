import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { connect as connectTls, createServer } from 'node:tls'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createCertificate } from '../../src/testing/certificate.ts'
import { start, WIRES } from './wire.ts'

const DAY = 86_400_000

describe('a certificate made at the start', () => {
  it('is for localhost and the addresses of this machine, and for nothing else', () => {
    const certificate = new X509Certificate(createCertificate().cert)
    expect(certificate.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1')
    expect(certificate.checkHost('localhost')).toBe('localhost')
    expect(certificate.checkHost('example.com')).toBeUndefined()
    expect(certificate.checkHost('a.localhost')).toBeUndefined()
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1')
    expect(certificate.checkIP('::1')).toBe('::1')
    expect(certificate.checkIP('127.0.0.2')).toBeUndefined()
  })

  it('is signed by its own key, for servers, and is no authority', () => {
    const { key, cert } = createCertificate()
    const certificate = new X509Certificate(cert)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect(certificate.verify(new X509Certificate(createCertificate().cert).publicKey)).toBe(false)
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true)
    expect(certificate.checkPrivateKey(createPrivateKey(createCertificate().key))).toBe(false)
    expect(certificate.issuer).toBe(certificate.subject)
    expect(certificate.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
    expect(certificate.ca).toBe(false)
    expect(certificate.publicKey.asymmetricKeyDetails).toMatchObject({ namedCurve: 'prime256v1' })
  })

  it.each([
    ['today', Date.now()],
    ['in the last year of a two-digit year', Date.UTC(2049, 5, 15)],
    ['on both sides of it', Date.UTC(2049, 11, 31, 23, 59, 59)],
    ['after it', Date.UTC(2051, 1, 28)],
  ])('is valid from the day before for a year and a day: %s', (_, now) => {
    const { validFromDate, validToDate } = new X509Certificate(createCertificate(now).cert)
    const seconds = Math.floor(now / 1000) * 1000
    expect(validFromDate.getTime()).toBe(seconds - DAY)
    expect(validToDate.getTime()).toBe(seconds + 365 * DAY)
  })

  it('writes its dates as [rfc5280 section 4.1.2.5] wants them: two digits of the year until 2049', () => {
    const { raw } = new X509Certificate(createCertificate(Date.UTC(2049, 6, 1)).cert)
    const text = raw.toString('latin1')
    expect(text).toContain('\u0017\r490630000000Z\u0018\u000f20500701000000Z')
  })

  it('has a serial number of its own, positive and of its shortest form', () => {
    const serials = Array.from(
      { length: 20 },
      () => new X509Certificate(createCertificate().cert).serialNumber,
    )
    expect(new Set(serials).size).toBe(20)
    for (const serial of serials) expect(serial).toMatch(/^[4-7][0-9A-F]{31}$/)
  })

  it('is a new one, with a new key, for every server, also in one process', async () => {
    const [first, second] = [await start({}, WIRES.https), await start({}, WIRES.h2)]
    const keys = [first, second].map(({ certificate }) =>
      new X509Certificate(certificate as string).publicKey.export({ type: 'spki', format: 'pem' }),
    )
    expect(keys[0]).not.toBe(keys[1])
    expect((await start()).certificate).toBeUndefined()
  })

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'is taken by a client of %s that trusts it, by each name',
    async (version) => {
      const { key, cert } = createCertificate()
      const server = createServer({ key, cert }, (socket) => socket.end())
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => {
        server.close()
      })
      const { port } = server.address() as AddressInfo
      for (const servername of ['localhost', '']) {
        const options = { ca: cert, minVersion: version, maxVersion: version, servername }
        const socket = connectTls({ port, host: '127.0.0.1', ...options })
        await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject))
        expect([socket.authorized, socket.getProtocol()]).toEqual([true, version])
        socket.destroy()
      }
    },
  )
})
