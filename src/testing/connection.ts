import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { createSecureContext, TLSSocket } from 'node:tls'
import type { KeyAndCertificate } from './certificate.ts'
import type { OnMisfit } from './wire.ts'

/** How a connection is closed. `fin`: over TLS with close_notify; `no-close-notify`: without. */
type Close = 'fin' | 'rst' | 'no-close-notify'

/** A connection of a client, over TLS or not. */
export class Connection {
  /** What the protocol is spoken over. */
  readonly socket: Duplex
  /** What lies below it. */
  readonly tcp: Socket
  readonly #end: (how: Exclude<Close, 'rst'>) => void
  #isClosed = false

  constructor(socket: Duplex, tcp: Socket, end: (how: Exclude<Close, 'rst'>) => void) {
    this.socket = socket
    this.tcp = tcp
    this.#end = end
  }

  /** By this side. All answers over it are then ended by it. */
  get isClosed(): boolean {
    return this.#isClosed
  }

  /** Ends it. What was written before goes out before. */
  close(how: Close): void {
    this.#isClosed = true
    if (how === 'rst') this.tcp.resetAndDestroy()
    else this.#end(how)
  }
}

/** Makes connections of sockets. */
export type Connect = (
  tcp: Socket,
  onConnection: (connection: Connection) => void,
  onMisfit: OnMisfit,
) => void

/** Without TLS. */
export const plain: Connect = (tcp, onConnection) =>
  onConnection(
    new Connection(tcp, tcp, () => {
      tcp.end()
    }),
  )

/** What OpenSSL says of clients that come no further. */
const MISFITS: Readonly<Record<string, string>> = {
  ERR_SSL_HTTP_REQUEST: 'a client spoke HTTP without TLS',
  ERR_SSL_WRONG_VERSION_NUMBER: 'a client spoke no TLS',
  ERR_SSL_NO_APPLICATION_PROTOCOL: 'a client offered no protocol that this server speaks',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'a client does not trust the certificate',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'a client does not trust the certificate',
  'ERR_SSL_SSL/TLS_ALERT_UNKNOWN_CA': 'a client does not trust the certificate',
  'ERR_SSL_SSL/TLS_ALERT_CERTIFICATE_UNKNOWN': 'a client does not trust the certificate',
}

/** With TLS and this protocol alone. */
export function secured({ key, cert }: KeyAndCertificate, protocol: string): Connect {
  // One that is empty counts as none, and a server without either is no server of TLS.
  if (key === '' || cert === '') throw new Error('one of them is empty')
  const secureContext = createSecureContext({ key, cert })
  return (tcp, onConnection, onMisfit) => {
    const socket = new TLSSocket(tcp, { isServer: true, secureContext, ALPNProtocols: [protocol] })
    // A client that does not trust the certificate, or speaks no TLS; or goes before there is any.
    const drop = (): void => {
      tcp.destroy()
    }
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const words = MISFITS[error.code ?? '']
      if (words !== undefined) onMisfit(words)
      drop()
    })
    socket.once('end', drop)
    socket.once('secure', () => {
      socket.off('end', drop)
      const end = (how: Exclude<Close, 'rst'>): void => {
        if (how === 'fin') {
          socket.end()
          return
        }
        // TLS is not told, and would wait for its own end when the client has come to its.
        socket.once('end', drop)
        tcp.end(socket.readableEnded ? drop : undefined)
      }
      onConnection(new Connection(socket, tcp, end))
    })
  }
}
