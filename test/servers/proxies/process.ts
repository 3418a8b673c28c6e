import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/** What a guard is asked to run. */
export interface GuardedProcess {
  readonly command: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** Its own; removed after it. */
  readonly folder: string
}

export interface RunningProcess {
  readonly pid: number
  /** The process group of it, its workers and its guard. */
  readonly group: number
  readonly folder: string
  /** What it said when it ended by itself, `undefined` as long as it runs. */
  readonly exited: string | undefined
  /** All it has written. */
  output(): string
  /** Settles once no process of the group is left. */
  stop(): Promise<void>
}

export const temporaryFolder = (name: string): string => mkdtempSync(join(tmpdir(), `rx-sse-${name}-`))

/** Runs a server in the foreground, under a guard that ends it with this process at the latest. */
export async function run(order: GuardedProcess): Promise<RunningProcess> {
  const guard: ChildProcess = fork(resolve(import.meta.dirname, 'guard-process.ts'), {
    execArgv: [],
    detached: true,
    stdio: 'ignore',
  })
  const gone = once(guard, 'exit')
  guard.send(order)
  const [first] = (await once(guard, 'message')) as [{ pid?: number; exited?: string }]
  let exited = first.exited
  guard.on('message', (message: { exited?: string }) => {
    exited ??= message.exited
  })
  if (first.pid === undefined) {
    guard.disconnect()
    await gone
    throw new Error(`${order.command}: ${exited ?? 'did not start'}`)
  }
  return {
    pid: first.pid,
    group: guard.pid as number,
    folder: order.folder,
    get exited() {
      return exited
    },
    output: () => read(join(order.folder, 'output.log')),
    async stop() {
      if (guard.connected) guard.disconnect()
      if (guard.exitCode === null && guard.signalCode === null) await gone
      rmSync(order.folder, { recursive: true, force: true })
    },
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
