import { type ChildProcess, spawn } from 'node:child_process'
import { openSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { GuardedProcess } from './process.ts'

/**
 * Runs a server for a test, and survives it only to take the server along: when the test asks for it, and when the
 * channel to the test's process closes, however that process died. Leads a process group of its own, so that Ctrl-C in
 * the terminal does not end the guard before the guarded.
 */
const STOP_MS = 2_000

let server: ChildProcess | undefined
let leaving = false

process.once('message', (order: GuardedProcess) => {
  const output = openSync(join(order.folder, 'output.log'), 'a')
  server = spawn(order.command, order.args, {
    cwd: order.folder,
    env: { ...process.env, ...order.env },
    stdio: ['ignore', output, output],
  })
  server.on('error', (error) => {
    process.send?.({ exited: error.message })
  })
  server.on('exit', (code, signal) => {
    process.send?.({ exited: `${order.command} exited with ${signal ?? code}` })
  })
  process.send?.({ pid: server.pid })
  process.on('message', () => leave(order.folder))
  process.on('disconnect', () => leave(order.folder))
})

function leave(folder: string): void {
  if (leaving) return
  leaving = true
  const last = (): void => {
    rmSync(folder, { recursive: true, force: true })
    // Workers of a server that died alone, and this process.
    process.kill(-process.pid, 'SIGKILL')
  }
  if (server === undefined || server.pid === undefined || server.exitCode !== null || server.signalCode) {
    last()
    return
  }
  server.on('exit', last)
  setTimeout(last, STOP_MS)
  server.kill('SIGTERM')
}
