import { type Listener, type ProxyKind, type Surroundings, timeoutOf } from './proxy.ts'

/** In nanoseconds, as Caddy's JSON has durations. */
const seconds = (count: number): number => count * 1e9

const server = (listener: Listener) => ({
  listen: [`127.0.0.1:${listener.port}`],
  automatic_https: { disable: true },
  protocols: listener.http2 ? ['h1', 'h2'] : ['h1'],
  ...(listener.http2 ? { tls_connection_policies: [{}] } : {}),
  routes: [
    {
      handle: [
        {
          handler: 'reverse_proxy',
          // The first segment of the path.
          upstreams: [{ dial: '127.0.0.1:{http.request.uri.path.0}' }],
          headers: { request: { set: { 'x-client-protocol': ['{http.request.proto}'] } } },
          transport: {
            protocol: 'http',
            versions: ['1.1'],
            ...(listener.hasty ? { read_timeout: seconds(timeoutOf(listener)) } : {}),
          },
        },
      ],
    },
  ],
})

const configuration = ({ listeners, cert, key }: Surroundings): string =>
  JSON.stringify({
    admin: { disabled: true, config: { persist: false } },
    apps: {
      http: {
        grace_period: seconds(0.1),
        servers: Object.fromEntries(listeners.map((listener) => [String(listener.port), server(listener)])),
      },
      tls: { certificates: { load_files: [{ certificate: cert, key }] } },
    },
  })

export const caddy: ProxyKind = {
  name: 'caddy',
  program: 'caddy',
  routes: ['Caddy'],
  configure: (surroundings) => ({
    files: { 'caddy.json': configuration(surroundings) },
    args: ['run', '--config', 'caddy.json'],
    env: {
      HOME: surroundings.folder,
      XDG_DATA_HOME: surroundings.folder,
      XDG_CONFIG_HOME: surroundings.folder,
    },
  }),
}
