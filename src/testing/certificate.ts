import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'

/** A private key and a certificate, as PEM. */
export interface KeyAndCertificate {
  readonly key: string
  readonly cert: string
}

const DAY_MS = 86_400_000

// DER [x690]: a tag, the length of the content, the content.
function der(tag: number, ...contents: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(contents)
  const { length } = content
  const head =
    length < 0x80
      ? [tag, length]
      : length < 0x100
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), content])
}

const sequence = (...contents: readonly Uint8Array[]): Buffer => der(0x30, ...contents)
const oid = (hex: string): Buffer => der(0x06, Buffer.from(hex, 'hex'))
const octets = (content: Uint8Array): Buffer => der(0x04, content)
const bits = (content: Uint8Array): Buffer => der(0x03, Buffer.of(0), content)
/** With two digits of the year until 2049, with four from 2050 on [rfc5280 section 4.1.2.5]. */
const time = (at: number): Buffer =>
  new Date(at).getUTCFullYear() < 2050
    ? der(0x17, Buffer.from(digits(at).slice(2)))
    : der(0x18, Buffer.from(digits(at)))
const digits = (at: number): string => new Date(at).toISOString().replace(/\.\d+|[-:T]/g, '')

const ECDSA_WITH_SHA256 = sequence(oid('2a8648ce3d040302'))
const COMMON_NAME = oid('550403')
const SUBJECT_ALT_NAME = oid('551d11')
const EXTENDED_KEY_USAGE = oid('551d25')
const SERVER_AUTH = oid('2b06010505070301')

const NAME = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from('rx-sse fault server')))))

const LOCAL = sequence(
  der(0x82, Buffer.from('localhost')),
  der(0x87, Buffer.of(127, 0, 0, 1)),
  der(0x87, Buffer.concat([Buffer.alloc(15), Buffer.of(1)])),
)

function pem(content: Uint8Array): string {
  const lines =
    Buffer.from(content)
      .toString('base64')
      .match(/.{1,64}/g) ?? []
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`
}

/**
 * A new key, and a certificate for `localhost`, `127.0.0.1` and `::1` that it has signed itself [rfc5280]. Good for a
 * year, and only in the hands of a client that was told to trust it. So no key is published that somebody's machine
 * trusts, and none is ever out of date.
 */
export function createCertificate(now: number = Date.now()): KeyAndCertificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const serial = randomBytes(16)
  // A positive number without a needless leading zero.
  serial[0] = 0x40 | ((serial[0] as number) & 0x3f)
  const content = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, serial),
    ECDSA_WITH_SHA256,
    NAME,
    sequence(time(now - DAY_MS), time(now + 365 * DAY_MS)),
    NAME,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(
      0xa3,
      sequence(
        sequence(SUBJECT_ALT_NAME, octets(LOCAL)),
        sequence(EXTENDED_KEY_USAGE, octets(sequence(SERVER_AUTH))),
      ),
    ),
  )
  const signature = sign('sha256', content, { key: privateKey, dsaEncoding: 'der' })
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: pem(sequence(content, ECDSA_WITH_SHA256, bits(signature))),
  }
}
