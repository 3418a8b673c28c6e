import { connect as connectTcp, type Socket } from 'node:net'
import { Duplex } from 'node:stream'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { onTestFinished } from 'vitest'
import type { FaultServer } from '../../src/testing/index.ts'

/** A TLS connection for one test that trusts the server's certificate, unless `options` say otherwise. */
export function openSecureSocket(server: FaultServer, options: ConnectionOptions = {}): TLSSocket {
  const { hostname: host, port } = new URL(server.url)
  const { certificate: ca } = server
  const socket = connect({ host, port: Number(port), ...(ca === undefined ? {} : { ca }), ...options })
  socket.on('error', () => {})
  onTestFinished(() => {
    socket.destroy()
  })
  return socket
}

/** Settles once the socket is closed, with the error if there was one. */
export const closed = (socket: Socket): Promise<NodeJS.ErrnoException | undefined> =>
  new Promise((resolve) => {
    let error: NodeJS.ErrnoException | undefined
    socket.on('error', (thrown) => {
      error ??= thrown
    })
    socket.on('close', () => resolve(error))
    socket.resume()
  })

/** What a TLS record holds [rfc8446 section 5.1]. */
export const RECORD = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const

export interface TappedTls {
  readonly tls: TLSSocket
  /** Types of the records that came from the server, whole ones. */
  records(): readonly number[]
  /** How TCP ended, below TLS. */
  ended(): 'fin' | 'reset' | undefined
}

/** The same by TLS 1.2, which hides no alert within another type, with an ear at the TCP connection below it. */
export function openTapped(server: FaultServer, options: ConnectionOptions = {}): TappedTls {
  const { hostname: host, port } = new URL(server.url)
  const tcp = connectTcp({ host, port: Number(port), allowHalfOpen: true })
  const received: Buffer[] = []
  let ended: 'fin' | 'reset' | undefined
  const pipe = new Duplex({
    read: () => {
      tcp.resume()
    },
    write: (chunk: Buffer, _encoding, done) => {
      tcp.write(chunk, done)
    },
    final: (done) => {
      tcp.end(done)
    },
    destroy: (error, done) => {
      tcp.destroy()
      done(error)
    },
  })
  tcp.on('data', (data: Buffer) => {
    received.push(data)
    if (!pipe.push(data)) tcp.pause()
  })
  tcp.on('end', () => {
    ended ??= 'fin'
    pipe.push(null)
  })
  tcp.on('error', (error: NodeJS.ErrnoException) => {
    ended ??= error.code === 'ECONNRESET' ? 'reset' : 'fin'
    pipe.destroy(error)
  })
  pipe.on('error', () => {})
  const tls = connect({ socket: pipe, host, ca: server.certificate, maxVersion: 'TLSv1.2', ...options })
  tls.on('error', () => {})
  onTestFinished(() => {
    tls.destroy()
    tcp.destroy()
  })
  return {
    tls,
    records: () => recordTypes(Buffer.concat(received)),
    ended: () => ended,
  }
}

function recordTypes(bytes: Buffer): number[] {
  const types: number[] = []
  for (let at = 0; at + 5 <= bytes.length; at += 5 + bytes.readUInt16BE(at + 3)) {
    types.push(bytes[at] as number)
  }
  return types
}
