import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { listen } from '../testing/listen.ts'
import { ASSETS, Assets, NOT_BUILT } from './page-assets.ts'
import { type Refused, refusalOfCall, refusalOfHost } from './page-guard.ts'
import { relay, requestOf } from './page-relay.ts'
import { startRunGateway } from './page-runs.ts'

export interface PageServerOptions {
  /** Default: 0, one that is free. */
  readonly port?: number
  /** Where the built page is. Default: in the package. */
  readonly assets?: string
}

/** The live page's own server, with the gateway that its switchboard plays on. */
export interface PageServer {
  /** Such as `http://127.0.0.1:8788`. */
  readonly url: string
  /** Is there a page to serve? */
  readonly isBuilt: boolean
  /** Ends all that is under way: the page's requests, and those that were sent for it. */
  close(): Promise<void>
}

/**
 * `connect-src` is wide: the browser's own transport may be pointed at any server. `script-src` is narrow, so that nobody else's
 * script can do that.
 */
const CSP = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  'connect-src http: https:',
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CSP,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cache-control': 'no-store',
}

/** Ten thousand tokens as events are two megabytes. */
const MAX_BODY = 16 * 1024 * 1024

/** A call that cannot be answered as it stands. */
class BadCall extends Error {
  readonly refused: Refused

  constructor(status: number, code: string, message: string) {
    super(message)
    this.refused = { status, code, message }
  }
}

function refuse(response: ServerResponse, { status, code, message }: Refused): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ error: { code, message } }))
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > MAX_BODY) throw new BadCall(413, 'too_large', 'the body is larger than 16 MiB')
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString())
  } catch {
    throw new BadCall(400, 'no_json', 'the body is no JSON')
  }
}

/** What throws a TypeError here says what is wrong with the call. */
function checked<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof TypeError) throw new BadCall(400, 'invalid', error.message)
    throw error
  }
}

const PATH = /^\/[\w./-]{0,100}$/

/**
 * Starts both on 127.0.0.1: nobody but this machine can reach them.
 *
 * Sets no cookie, keeps nothing of what is relayed, logs nothing.
 */
export async function startPageServer({
  port = 0,
  assets = ASSETS,
}: PageServerOptions = {}): Promise<PageServer> {
  const token = randomBytes(24).toString('base64url')
  const files = new Assets(assets, token)
  const gateway = await startRunGateway()

  const scenario = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { scenario, path } = ((await bodyOf(request)) ?? {}) as { scenario?: unknown; path?: unknown }
    if (typeof path !== 'string' || !PATH.test(path)) throw new BadCall(400, 'invalid', 'the path is not one')
    const url = checked(() => gateway.add(scenario, path))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ url }))
  }
  const call: Readonly<
    Record<string, (request: IncomingMessage, response: ServerResponse) => Promise<void>>
  > = {
    '/api/scenario': scenario,
    '/api/relay': async (request, response) => {
      const order = await bodyOf(request)
      relay(
        checked(() => requestOf(order)),
        response,
      )
    },
  }
  const file = (request: IncomingMessage, response: ServerResponse, path: string): void => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      refuse(response, { status: 405, code: 'wrong_method', message: 'a file is read with GET' })
      return
    }
    const asset = files.find(path)
    if (asset !== undefined) {
      const headers: Record<string, string> = { 'content-type': asset.type }
      if (asset.isHashed) headers['cache-control'] = 'max-age=31536000, immutable'
      response.writeHead(200, headers)
      response.end(request.method === 'HEAD' ? undefined : asset.bytes)
    } else if (path === '/') {
      response.writeHead(503, { 'content-type': 'text/html; charset=utf-8' })
      response.end(NOT_BUILT)
    } else {
      refuse(response, { status: 404, code: 'not_found', message: 'there is no such file' })
    }
  }
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value)
    const stranger = refusalOfHost(request, ownPort)
    if (stranger !== undefined) {
      refuse(response, stranger)
      return
    }
    const path = (request.url ?? '').split('?', 1)[0] as string
    if (!path.startsWith('/api/')) {
      file(request, response, path)
      return
    }
    const refused = refusalOfCall(request, token)
    const answer = call[path]
    if (refused !== undefined) refuse(response, refused)
    else if (answer === undefined)
      refuse(response, { status: 404, code: 'not_found', message: 'no such call' })
    else await answer(request, response)
  }

  const http = createServer((request, response) => {
    response.on('error', () => {})
    serve(request, response).catch((error: unknown) => {
      if (response.headersSent || response.destroyed) response.destroy()
      else if (error instanceof BadCall) {
        // The rest of a body that is too large is not read.
        response.setHeader('connection', 'close')
        refuse(response, error.refused)
      } else refuse(response, { status: 500, code: 'mistake', message: 'a mistake of the local server' })
    })
  })
  const listening = await listen(http, port).catch(async (error: unknown) => {
    await gateway.close()
    throw error
  })
  const ownPort = (http.address() as AddressInfo).port
  return {
    url: listening.url,
    isBuilt: files.isBuilt,
    async close() {
      await Promise.all([listening.close(), gateway.close()])
    },
  }
}
