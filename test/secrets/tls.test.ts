import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join, resolve } from 'node:path'
import { Agent } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type EventStreamConfig, fetchTransport } from '../../src/index.ts'
import { createCertificate } from '../../src/testing/certificate.ts'
import { marked, markedUrl, marks, told } from './marked-request.ts'
import { leaksIn } from './marks.ts'

const YEAR_MS = 365 * 86_400_000

/** A server that anybody could have put in the way, and how many requests it has heard. */
async function impostor({ key, cert }: { key: string; cert: string }) {
  let requests = 0
  const server = createServer({ key, cert }, (_, res) => {
    requests++
    res.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: [DONE]\n\n')
  })
  server.on('tlsClientError', () => {})
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `https://localhost:${(server.address() as AddressInfo).port}`, requests: () => requests }
}

/** Trusts this certificate, whatever name is asked for here. */
function trusting(ca: string): Agent {
  const lookup = (_: string, options: { all?: boolean }, callback: (...args: unknown[]) => void): void => {
    if (options.all === true) callback(null, [{ address: '127.0.0.1', family: 4 }])
    else callback(null, '127.0.0.1', 4)
  }
  const agent = new Agent({ connect: { ca, lookup: lookup as never } })
  onTestFinished(() => agent.destroy())
  return agent
}

const current = createCertificate()
const expired = createCertificate(Date.now() - 3 * YEAR_MS)
const early = createCertificate(Date.now() + 3 * YEAR_MS)

interface Refused {
  readonly certificate: typeof current
  readonly config: () => EventStreamConfig<never>
  readonly why: string
  readonly host?: string
}

const refused: Readonly<Record<string, Refused>> = {
  'that has signed itself': {
    certificate: current,
    config: () => ({}),
    why: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  },
  'that has signed itself, over fetch': {
    certificate: current,
    config: () => ({ transport: fetchTransport() }),
    why: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  },
  'that is trusted and out of date': {
    certificate: expired,
    config: () => ({ dispatcher: trusting(expired.cert) }),
    why: 'CERT_HAS_EXPIRED',
  },
  'that is trusted and not yet good': {
    certificate: early,
    config: () => ({ dispatcher: trusting(early.cert) }),
    why: 'CERT_NOT_YET_VALID',
  },
  'that is trusted, for another host': {
    certificate: current,
    config: () => ({ dispatcher: trusting(current.cert) }),
    why: 'ERR_TLS_CERT_ALTNAME_INVALID',
    host: 'gateway.test',
  },
}

describe('a certificate', () => {
  it.each(Object.entries(refused))(
    '%s is refused, once and for good, before anything is sent',
    async (_, row) => {
      const server = await impostor(row.certificate)
      const origin = server.origin.replace('localhost', row.host ?? 'localhost')
      // It is not to be tried again, though it may.
      const { error, signals } = await told(markedUrl(origin), {
        ...marked,
        retry: { delay: 1 },
        ...row.config(),
      })
      expect(error).toMatchObject({
        kind: 'request_failed',
        code: 'tls_failed',
        retryable: false,
        attempt: 1,
      })
      expect(`${error?.message} ${JSON.stringify(codesOf(error?.cause))}`).toContain(row.why)
      expect(server.requests()).toBe(0)
      expect(leaksIn([error, signals], marks)).toEqual([])
    },
  )

  it('that is trusted and in order is taken: the others are refused for what is wrong with them', async () => {
    const server = await impostor(current)
    const { error } = await told(markedUrl(server.origin), { ...marked, dispatcher: trusting(current.cert) })
    expect(error).toBeUndefined()
    expect(server.requests()).toBe(1)
  })
})

const codesOf = (cause: unknown): readonly unknown[] => {
  const { code, cause: under } = (cause ?? {}) as { code?: unknown; cause?: unknown }
  return under === undefined ? [code] : [code, ...codesOf(under)]
}

/** Each of them is a way to check less. */
const WEAKER =
  /rejectUnauthorized|NODE_TLS_REJECT_UNAUTHORIZED|checkServerIdentity|insecureHTTPParser|insecure-http-parser|SECLEVEL|minVersion|secureProtocol|secureOptions/

const root = resolve(import.meta.dirname, '../..')

const sourcesIn = (folder: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !/node_modules|[\\/]dist\b/.test(entry.parentPath))
    .filter((entry) => /\.(?:[cm]?[jt]sx?|json|md|html)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))

describe('nothing that is shipped or shown', () => {
  it('asks TLS or HTTP to check less', () => {
    const files = ['src', 'page/src', 'examples', 'scripts', 'docs'].flatMap(sourcesIn)
    expect(files.length).toBeGreaterThan(300)
    const weaker = [...files, join(root, 'README.md')].filter((file) =>
      WEAKER.test(readFileSync(file, 'utf8')),
    )
    expect(weaker).toEqual([])
  })
})
