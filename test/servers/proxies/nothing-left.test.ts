import { fork } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { until } from '../../server.ts'
import { needs } from '../installed.ts'
import { apache, apacheModules } from './apache.ts'
import { caddy } from './caddy.ts'
import { haproxy } from './haproxy.ts'
import { nginx } from './nginx.ts'
import { startProxy } from './proxy.ts'

/** The processes of a group. */
function membersOf(group: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => groupOf(pid) === group)
}

/** proc(5): pid (comm) state ppid pgrp …; a zombie is not a process any more. */
function groupOf(pid: number): number | undefined {
  try {
    const [state, , group] = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /s, '')
      .split(' ')
    return state === 'Z' ? undefined : Number(group)
  } catch {
    return undefined
  }
}

const kinds = { nginx, haproxy, caddy, apache }
const installed = needs({
  programs: ['nginx', 'haproxy', 'caddy', 'apache2'],
  files: apacheModules,
  debian: ['nginx', 'haproxy', 'caddy', 'apache2'],
})

describe.runIf(installed)('of a proxy that a test has started', () => {
  it.each(Object.entries(kinds))('%s, nothing is left once it is stopped', async (_, kind) => {
    const { process, stop } = await startProxy(kind)
    expect(membersOf(process.group)).toContain(process.pid)
    await stop()
    expect(membersOf(process.group)).toEqual([])
    expect(existsSync(process.folder)).toBe(false)
  })

  it.each(
    Object.keys(kinds).flatMap((name) => ['SIGKILL', 'SIGINT'].map((signal) => [name, signal] as const)),
  )('%s, nothing is left once the process of the test has ended by %s', async (name, signal) => {
    const test = fork(resolve(import.meta.dirname, 'abandoned-process.ts'), [name], { execArgv: [] })
    const [{ group, pid, folder }] = (await once(test, 'message')) as [
      { group: number; pid: number; folder: string },
    ]
    expect(membersOf(group)).toContain(pid)
    expect(existsSync(folder)).toBe(true)
    test.kill(signal as NodeJS.Signals)
    await until(() => membersOf(group).length === 0, 'all processes to end')
    expect(existsSync(folder)).toBe(false)
  })

  it('a proxy that cannot start says why, and leaves nothing', async () => {
    const broken = {
      ...nginx,
      configure: () => ({
        files: { 'nginx.conf': 'nonsense;' },
        args: ['-c', 'nginx.conf', '-p', '.', '-e', 'stderr'],
      }),
    }
    await expect(startProxy(broken)).rejects.toThrow(/nginx did not start .*unknown directive "nonsense"/s)
  })
})
