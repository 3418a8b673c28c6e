import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import type { Question, Ready, Reply, ServerRecord, ServerSettings, ServerState } from './messages.ts'

/** The server's process, from the outside. */
export interface ServerProcess extends Pick<Ready, 'urls' | 'certificates'> {
  readonly port: number
  /** @param forget - streams of which nobody will ask again. */
  records(streams: readonly number[], forget: readonly number[]): Promise<readonly ServerRecord[]>
  state(): Promise<ServerState>
  /** As a machine that fails: no goodbye to anybody. Settles when it is gone. */
  kill(): Promise<void>
}

export async function startServerProcess(settings: ServerSettings): Promise<ServerProcess> {
  const child = fork(resolve(import.meta.dirname, 'server-process.ts'), [JSON.stringify(settings)], {
    execArgv: [],
  })
  const ready = await readyOf(child)
  const waiting = new Map<number, (reply: Reply) => void>()
  child.on('message', (reply: Reply) => {
    waiting.get(reply.number)?.(reply)
    waiting.delete(reply.number)
  })
  let asked = 0
  const ask = (question: (number: number) => Question): Promise<Reply> => {
    const number = asked++
    return new Promise((resolve, reject) => {
      waiting.set(number, resolve)
      child.send(question(number), (error) => error && reject(error))
    })
  }
  return {
    ...ready,
    port: Number(new URL(ready.urls['http/1.1']).port),
    async records(streams, forget) {
      const reply = await ask((number) => ({ type: 'records', number, streams, forget }))
      return reply.type === 'records' ? reply.records : []
    },
    async state() {
      const reply = await ask((number) => ({ type: 'state', number }))
      if (reply.type !== 'state') throw new Error('the server answered another question')
      return reply.state
    },
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}

async function readyOf(child: ChildProcess): Promise<Ready> {
  const stop = new AbortController()
  const { signal } = stop
  try {
    return await Promise.race([
      once(child, 'message', { signal }).then(([ready]) => ready as Ready),
      once(child, 'exit', { signal }).then(([code]) => {
        throw new Error(`the server's process ended with ${code} before it listened`)
      }),
    ])
  } finally {
    stop.abort()
  }
}
