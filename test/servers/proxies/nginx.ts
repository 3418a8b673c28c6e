import { type Listener, type ProxyKind, type Surroundings, timeoutOf } from './proxy.ts'

/** What each route adds to nginx's own defaults: HTTP/1.0 to the origin, buffering on. */
const routes = {
  'nginx, HTTP/1.0 to the origin': '',
  'nginx, HTTP/1.0, buffering off': 'proxy_buffering off;',
  'nginx, HTTP/1.1': 'proxy_http_version 1.1;',
  'nginx, HTTP/1.1, buffering off': 'proxy_http_version 1.1; proxy_buffering off;',
  'nginx, HTTP/1.1, buffering off, gzip': `proxy_http_version 1.1; proxy_buffering off;
      gzip on; gzip_types text/event-stream; gzip_proxied any; gzip_min_length 0; gzip_http_version 1.0;`,
} as const

export type NginxRoute = keyof typeof routes

const server = (listener: Listener, { cert, key }: Surroundings): string => `
  server {
    listen 127.0.0.1:${listener.port} backlog=1024${listener.http2 ? ' ssl http2' : ''};
    ${listener.http2 ? `ssl_certificate "${cert}"; ssl_certificate_key "${key}";` : ''}
    # Which worker answers: another one after a reload.
    location = /worker { return 200 $pid; }
    location ~ ^/(?<origin>\\d+)/ {
      proxy_pass http://127.0.0.1:$origin;
      proxy_set_header x-client-protocol $server_protocol;
      proxy_read_timeout ${timeoutOf(listener)}s;
      ${routes[listener.route as NginxRoute]}
    }
  }`

const configuration = (surroundings: Surroundings): string => `
# A worker of root's would run as another user, who may not enter the folder.
${surroundings.isRoot ? 'user root;' : ''}
daemon off;
worker_processes 1;
# So that a worker of before a reload does not stay for a client that keeps its connection.
worker_shutdown_timeout 30s;
pid nginx.pid;
error_log stderr notice;
events { worker_connections 4096; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  http2_max_concurrent_streams 256;
  ${surroundings.listeners.map((listener) => server(listener, surroundings)).join('\n')}
}
`

export const nginx: ProxyKind = {
  name: 'nginx',
  program: 'nginx',
  routes: Object.keys(routes),
  configure: (surroundings) => ({
    files: { 'nginx.conf': configuration(surroundings) },
    args: ['-p', surroundings.folder, '-c', 'nginx.conf', '-e', 'stderr'],
  }),
}
