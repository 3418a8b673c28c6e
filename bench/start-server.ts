import { fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

/** Starts the benchmark's server in another process, so that its CPU time is not ours. */
export async function startServer(): Promise<{ origin: string; stop(): void }> {
  const child = fork(resolve(import.meta.dirname, 'server.ts'), { execArgv: [] })
  const [port] = (await once(child, 'message')) as [number]
  return { origin: `http://127.0.0.1:${port}`, stop: () => void child.kill() }
}
