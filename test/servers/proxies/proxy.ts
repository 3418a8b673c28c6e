import { mkdirSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { userInfo } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { programPath } from '../installed.ts'
import { type RunningProcess, run, temporaryFolder } from './process.ts'

/** A place where a proxy listens. The first segment of a request's path is the port of its origin on 127.0.0.1. */
export interface Listener {
  /** One of the proxy's configurations. */
  readonly route: string
  /** Over TLS, as HTTP/2; else HTTP/1.1 in plain text. */
  readonly http2: boolean
  /** Whether the proxy gives up on an origin that is silent for {@link HASTY_SECONDS}. */
  readonly hasty: boolean
  readonly port: number
}

/** The timeout of a hasty listener; of the others so long that it never strikes. */
const HASTY_SECONDS = 1
const PATIENT_SECONDS = 120

export const timeoutOf = ({ hasty }: Listener): number => (hasty ? HASTY_SECONDS : PATIENT_SECONDS)

export interface Surroundings {
  /** The proxy's own folder, for all that it writes. */
  readonly folder: string
  readonly listeners: readonly Listener[]
  readonly cert: string
  readonly key: string
  readonly isRoot: boolean
}

/** A proxy as it can be started: no more than its configuration and how it is called. */
export interface ProxyKind {
  readonly name: string
  readonly program: string
  readonly routes: readonly string[]
  configure(surroundings: Surroundings): {
    readonly files: Readonly<Record<string, string>>
    readonly args: readonly string[]
    readonly env?: Readonly<Record<string, string>>
  }
}

export interface RunningProxy {
  readonly process: RunningProcess
  /** Where to send a request that is meant for an origin. */
  url(origin: { readonly port: number }, to: { route: string; http2: boolean; hasty?: boolean }): string
  stop(): Promise<void>
}

const TLS = resolve(import.meta.dirname, '../../tls')
const READY_MS = 20_000
const ATTEMPTS = 3

/** Starts a proxy in the foreground, on ports and in a folder of its own. */
export async function startProxy(kind: ProxyKind): Promise<RunningProxy> {
  for (let attempt = 1; ; attempt++) {
    const listeners = await freeListeners(kind.routes)
    const process = await launch(kind, listeners)
    const trouble = await ready(process, listeners)
    if (trouble === undefined) return running(process, listeners)
    const output = process.output()
    await process.stop()
    // Someone else may have taken a port in between.
    if (attempt === ATTEMPTS) throw new Error(`${kind.name} did not start (${trouble}):\n${output}`)
  }
}

function launch(kind: ProxyKind, listeners: readonly Listener[]): Promise<RunningProcess> {
  const folder = temporaryFolder(kind.name)
  const isRoot = userInfo().uid === 0
  const cert = join(TLS, 'cert.pem')
  const {
    files,
    args,
    env = {},
  } = kind.configure({
    folder,
    listeners,
    cert,
    key: join(TLS, 'key.pem'),
    isRoot,
  })
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return run({ command: programPath(kind.program) ?? kind.program, args, env, folder })
}

const running = (process: RunningProcess, listeners: readonly Listener[]): RunningProxy => ({
  process,
  url({ port }, { route, http2, hasty = false }) {
    const listener = listeners.find(
      (one) => one.route === route && one.http2 === http2 && one.hasty === hasty,
    )
    if (listener === undefined) throw new Error(`no listener for ${route}`)
    return `${http2 ? 'https' : 'http'}://127.0.0.1:${listener.port}/${port}/v1/chat/completions`
  },
  stop: () => process.stop(),
})

async function freeListeners(routes: readonly string[]): Promise<Listener[]> {
  const wanted = routes.flatMap((route) =>
    [false, true].flatMap((http2) => [false, true].map((hasty) => ({ route, http2, hasty }))),
  )
  const ports = await freePorts(wanted.length)
  return wanted.map((listener, index) => ({ ...listener, port: ports[index] as number }))
}

/** Below the range from which systems take the ports of outgoing connections, which come and go by the hundred here. */
async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>()
  while (ports.size < count) {
    const port = 20_000 + Math.floor(Math.random() * 12_000)
    if (!ports.has(port) && (await isFree(port))) ports.add(port)
  }
  return [...ports]
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const server = createServer()
    server.once('error', () => done(false))
    server.listen(port, '127.0.0.1', () => server.close(() => done(true)))
  })

/** Settles once all listeners accept, or with what went wrong. */
async function ready(process: RunningProcess, listeners: readonly Listener[]): Promise<string | undefined> {
  const until = performance.now() + READY_MS
  for (const { port } of listeners) {
    while (!(await accepts(port))) {
      if (process.exited !== undefined) return process.exited
      if (performance.now() > until) return `nothing listens on port ${port}`
      await sleep(20)
    }
  }
  return process.exited
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((done) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('error', () => done(false))
    socket.once('connect', () => {
      socket.destroy()
      done(true)
    })
  })
