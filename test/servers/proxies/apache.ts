import { type Listener, type ProxyKind, type Surroundings, timeoutOf } from './proxy.ts'

/** The scheme by which each route speaks to its origin. */
const routes = {
  'Apache httpd': 'http',
  'Apache httpd, HTTP/2 to the origin': 'h2c',
} as const

export type ApacheRoute = keyof typeof routes

const MODULES = '/usr/lib/apache2/modules'

const modules = [
  'mpm_event',
  'authz_core',
  'headers',
  'proxy',
  'proxy_http',
  'proxy_http2',
  'http2',
  'ssl',
  'socache_shmcb',
]

const site = (listener: Listener, { cert, key }: Surroundings): string => `
Listen 127.0.0.1:${listener.port}
<VirtualHost 127.0.0.1:${listener.port}>
  Protocols ${listener.http2 ? 'h2' : 'http/1.1'}
  ${listener.http2 ? `SSLEngine on\n  SSLCertificateFile "${cert}"\n  SSLCertificateKeyFile "${key}"` : ''}
  ProxyTimeout ${timeoutOf(listener)}
  RequestHeader set x-client-protocol "expr=%{SERVER_PROTOCOL}"
  ProxyPassMatch "^/(\\d+)/(.*)$" "${routes[listener.route as ApacheRoute]}://127.0.0.1:$1/$1/$2"
</VirtualHost>
`

const configuration = (surroundings: Surroundings): string => `
ServerRoot "${surroundings.folder}"
ServerName localhost
PidFile httpd.pid
DefaultRuntimeDir "${surroundings.folder}"
Mutex pthread default
ErrorLog error.log
LogLevel warn
${modules.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
${surroundings.isRoot ? 'User "#65534"\nGroup "#65534"' : ''}
Timeout 120
ListenBacklog 1024
# A request holds a thread for as long as its stream lasts.
ServerLimit 4
StartServers 4
ThreadLimit 128
ThreadsPerChild 128
MaxRequestWorkers 512
MinSpareThreads 1
MaxSpareThreads 512
H2MaxSessionStreams 256
H2MaxWorkers 256
H2MinWorkers 8
SSLSessionCache none
${surroundings.listeners.map((listener) => site(listener, surroundings)).join('')}`

export const apache: ProxyKind = {
  name: 'apache',
  program: 'apache2',
  routes: Object.keys(routes),
  configure: (surroundings) => ({
    files: { 'httpd.conf': configuration(surroundings) },
    args: ['-DFOREGROUND', '-d', surroundings.folder, '-f', `${surroundings.folder}/httpd.conf`],
  }),
}

export const apacheModules: readonly string[] = modules.map((name) => `${MODULES}/mod_${name}.so`)
