import { type ChildProcess, fork } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { FaultServer } from '../../src/testing/index.ts'
import type { CellMessage, ToldError } from './cell.ts'
import { isMixed, type Observation } from './verdict.ts'

/** Longer than any pause that a client here takes before it tries again, and than any timeout that it is given. */
const IDLE_MS = 8_000
/** Long enough for a client that waits 3 s before each of its requests to make five. */
const TOTAL_MS = 13_500
const POLL_MS = 100

export interface ObservedCell extends Observation {
  readonly error?: ToldError
}

/**
 * Runs a client on a server's stream in a process of its own, and watches until it ends, has delivered text twice, or
 * its time is up.
 *
 * @param onReady - called once the process is past its start, which is what costs the machine most.
 */
export async function observe(
  peer: string,
  server: FaultServer,
  {
    wholeTexts,
    directory,
    onReady,
  }: { wholeTexts: readonly string[]; directory: string; onReady: () => void },
): Promise<ObservedCell> {
  const child = fork(resolve(import.meta.dirname, 'cell.ts'), [peer, server.url], {
    // What a client logs is no part of what it tells its caller.
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    env: { ...process.env, ...(await trusting(server, directory)) },
  })
  try {
    return await watch(child, server, wholeTexts, onReady)
  } finally {
    child.kill('SIGKILL')
    onReady()
  }
}

/** Node reads further authorities from a file only, when it starts. */
async function trusting(
  { certificate, url }: FaultServer,
  directory: string,
): Promise<Record<string, string>> {
  if (certificate === undefined) return {}
  const file = join(directory, `${new URL(url).port}.pem`)
  await writeFile(file, certificate)
  return { NODE_EXTRA_CA_CERTS: file }
}

function watch(
  child: ChildProcess,
  server: FaultServer,
  wholeTexts: readonly string[],
  onReady: () => void,
): Promise<ObservedCell> {
  return new Promise((settle, reject) => {
    let text = ''
    let requests = 0
    let readyAt: number | undefined
    let activeAt = 0
    const end = (ending: Observation['ending'], error?: ToldError): void => {
      clearInterval(poll)
      settle({ ending, text, requests: server.requests.length, ...(error && { error }) })
    }
    const poll = setInterval(() => {
      if (readyAt === undefined) return
      const now = performance.now()
      if (server.requests.length > requests) {
        requests = server.requests.length
        activeAt = now
      }
      if (now - activeAt > IDLE_MS) end('idle')
      else if (now - readyAt > TOTAL_MS) end(requests > 1 ? 'busy' : 'idle')
    }, POLL_MS)
    child.on('message', (message: CellMessage) => {
      switch (message.type) {
        case 'ready':
          readyAt = activeAt = performance.now()
          return onReady()
        case 'text':
          text += message.text
          activeAt = performance.now()
          // Nothing that it can do now changes the verdict.
          if (isMixed(text, wholeTexts)) end('busy')
          return
        case 'complete':
          return end('complete')
        case 'error':
        case 'crash':
          return end(message.type, message.error)
      }
    })
    child.on('error', reject)
    child.on('exit', (code, signal) => {
      clearInterval(poll)
      if (readyAt === undefined)
        reject(
          new Error(`${child.spawnargs.join(' ')} ended with ${code ?? signal} before its client was there`),
        )
      else end('crash', { name: `exit ${code ?? signal}`, message: '' })
    })
  })
}
