import { readFileSync } from 'node:fs'
import { type Listener, type ProxyKind, type Surroundings, timeoutOf } from './proxy.ts'

const listen = (listener: Listener): string => `
listen ${listener.http2 ? 'h2' : 'h1'}-${listener.hasty ? 'hasty' : 'patient'}
  bind 127.0.0.1:${listener.port}${listener.http2 ? ' ssl crt haproxy.pem alpn h2' : ''}
  timeout server ${timeoutOf(listener)}s
  http-request set-dst str(127.0.0.1)
  http-request set-dst-port path,field(2,/)
  http-request set-header x-client-protocol HTTP/%[req.ver]
  # Without address and port of its own: those that were set above.
  server origin 0.0.0.0:0
`

const configuration = ({ listeners }: Surroundings): string => `
global
  maxconn 4096
  noreuseport
  ssl-server-verify none
defaults
  mode http
  retries 0
  timeout connect 10s
  timeout client 120s
${listeners.map(listen).join('')}`

export const haproxy: ProxyKind = {
  name: 'haproxy',
  program: 'haproxy',
  routes: ['HAProxy'],
  configure: (surroundings) => ({
    files: {
      'haproxy.cfg': configuration(surroundings),
      'haproxy.pem': readFileSync(surroundings.cert, 'utf8') + readFileSync(surroundings.key, 'utf8'),
    },
    args: ['-db', '-f', 'haproxy.cfg'],
  }),
}
