import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { KeyAndCertificate } from './certificate.ts'

/** A connection of a client, over TLS or not. */
export interface Connection {
  /** What the protocol is spoken over. */
  readonly socket: Duplex
  /** What lies below it. */
  readonly tcp: Socket
  /** Ends it. `fin`: over TLS with close_notify; `no-close-notify`: without. What was written before goes out before. */
  close(how: 'fin' | 'rst' | 'no-close-notify'): void
  /** By this side. All answers over it are then ended by it. */
  readonly isClosed: boolean
}

/** How connections are made of sockets, without TLS. */
export function plain(tcp: Socket, onConnection: (connection: Connection) => void): void {
  let isClosed = false
  onConnection({
    socket: tcp,
    tcp,
    get isClosed() {
      return isClosed
    },
    close(how) {
      isClosed = true
      if (how === 'rst') tcp.resetAndDestroy()
      else tcp.end()
    },
  })
}

/** How connections are made of sockets, with TLS and this protocol alone. */
export function secured(
  { key, cert }: KeyAndCertificate,
  protocol: string,
): (tcp: Socket, onConnection: (connection: Connection) => void) => void {
  // One that is empty counts as none, and a server without either is no server of TLS.
  if (key === '' || cert === '') throw new Error('one of them is empty')
  const secureContext = createSecureContext({ key, cert })
  return (tcp, onConnection) => {
    const socket = new TLSSocket(tcp, { isServer: true, secureContext, ALPNProtocols: [protocol] })
    // A client that does not trust the certificate, or speaks no TLS; or goes before there is any.
    const drop = (): void => {
      tcp.destroy()
    }
    socket.on('error', drop)
    socket.once('end', drop)
    socket.once('secure', () => {
      socket.off('end', drop)
      let isClosed = false
      onConnection({
        socket,
        tcp,
        get isClosed() {
          return isClosed
        },
        close(how) {
          isClosed = true
          if (how === 'rst') tcp.resetAndDestroy()
          else if (how === 'fin') socket.end()
          else {
            // TLS is not told, and would wait for its own end when the client has come to its.
            socket.once('end', drop)
            tcp.end(socket.readableEnded ? drop : undefined)
          }
        },
      })
    })
  }
}
