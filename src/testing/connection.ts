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
}

/** How connections are made of sockets, without TLS. */
export function plain(tcp: Socket, onConnection: (connection: Connection) => void): void {
  onConnection({
    socket: tcp,
    tcp,
    close: (how) => {
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
  const secureContext = createSecureContext({ key, cert })
  return (tcp, onConnection) => {
    const socket = new TLSSocket(tcp, { isServer: true, secureContext, ALPNProtocols: [protocol] })
    // A client that does not trust the certificate, or speaks no TLS.
    socket.on('error', () => tcp.destroy())
    socket.once('secure', () => {
      onConnection({
        socket,
        tcp,
        close: (how) => {
          if (how === 'rst') tcp.resetAndDestroy()
          else if (how === 'fin') socket.end()
          else tcp.end()
        },
      })
    })
  }
}
