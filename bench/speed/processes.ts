import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Contender } from './contender.ts'
import type { Answer, Job, Measured } from './job.ts'

const here = import.meta.dirname
const JOB_MS = 300_000

/** Ends it and waits until it has ended. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

export interface Server {
  /** One for each contender. */
  readonly origins: readonly string[]
  end(): Promise<void>
}

export async function startServer(ports: number): Promise<Server> {
  const child = fork(resolve(here, 'server.ts'), [String(ports)], { execArgv: [] })
  const [numbers] = (await once(child, 'message')) as [number[]]
  return { origins: numbers.map((port) => `http://127.0.0.1:${port}`), end: () => end(child) }
}

export interface ContenderProcess {
  /** @throws Error with what the process told, or that it ended */
  run(job: Job): Promise<Measured>
  end(): Promise<void>
}

const FLAGS = ['--expose-gc', '--disable-warning=UNDICI-ES', '--disable-warning=ExperimentalWarning']
/** A young generation of one size, in MiB: else it grows with the streams, and does not shrink. And what was compiled stays: else it counts again. */
const STEADY = ['--min-semi-space-size=16', '--max-semi-space-size=16', '--no-flush-bytecode']

/** @param isSteady - its memory is to be measured */
export function startContender(contender: Contender, isSteady: boolean): ContenderProcess {
  const child = fork(
    resolve(here, 'contender-process.ts'),
    [resolve(here, '../..', contender.module), contender.isOurs === true ? 'ours' : ''],
    { execArgv: isSteady ? [...FLAGS, ...STEADY] : FLAGS },
  )
  const run = (job: Job): Promise<Measured> =>
    new Promise((resolve, reject) => {
      const settle = (action: () => void): void => {
        clearTimeout(timer)
        child.off('message', onAnswer)
        child.off('exit', onExit)
        action()
      }
      const fail = (what: string): void =>
        settle(() => reject(new Error(`${contender.title}, ${job.kind}: ${what}`)))
      const onAnswer = (answer: Answer): void =>
        'measured' in answer ? settle(() => resolve(answer.measured)) : fail(answer.error)
      const onExit = (code: number | null): void => fail(`its process has ended (${code})`)
      const timer = setTimeout(() => fail(`no answer within ${JOB_MS / 1_000} s`), JOB_MS)
      child.on('message', onAnswer)
      child.on('exit', onExit)
      child.send(job, (error) => {
        if (error) fail(error.message)
      })
    })
  return { run, end: () => end(child) }
}
