import { type ClientHttp2Session, connect, type IncomingHttpHeaders } from 'node:http2'
import { onTestFinished } from 'vitest'
import type { FaultServer } from '../../src/testing/index.ts'

export interface Http2Response {
  /** Empty if there was no head. */
  readonly headers: IncomingHttpHeaders & { readonly ':status'?: number }
  readonly body: Buffer
  /** With which the stream was closed. */
  readonly code: number | undefined
  readonly error: Error | undefined
}

/** A connection of Node's own client, for one test. */
export function http2Session(server: FaultServer): ClientHttp2Session {
  const { certificate: ca } = server
  const session = connect(server.url, ca === undefined ? {} : { ca })
  session.on('error', () => {})
  onTestFinished(() => session.destroy())
  return session
}

/** A request by Node's own client, which reads the response's head too; without a session over one of its own. */
export async function http2Request(
  server: FaultServer,
  headers: Readonly<Record<string, string>> = {},
  session?: ClientHttp2Session,
): Promise<Http2Response> {
  const used = session ?? http2Session(server)
  const stream = used.request({ ':path': '/', ...headers })
  let head: IncomingHttpHeaders = {}
  let error: Error | undefined
  const chunks: Buffer[] = []
  stream.on('response', (fields) => {
    head = fields
  })
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  stream.on('error', (thrown: Error) => {
    error = thrown
  })
  stream.end()
  await new Promise((resolve) => stream.once('close', resolve))
  if (session === undefined) used.destroy()
  return { headers: head, body: Buffer.concat(chunks), code: stream.rstCode, error }
}
