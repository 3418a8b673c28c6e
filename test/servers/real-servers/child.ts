import { type ChildProcess, spawn } from 'node:child_process'
import { type AddressInfo, createServer } from 'node:net'

/** What is started. */
interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** How a server is started, and how it says that it listens. */
export interface Launch extends Program {
  /** What it prints once it listens, on either output. A first group that matches is its port. */
  readonly ready: RegExp
  /** The port that it was told to take, if it does not choose one itself. */
  readonly port?: number
}

/** A server in a process of its own. */
export interface Child {
  readonly url: string
  readonly port: number
  /** All that it has printed. */
  output(): string
  /** Sends a signal to the process and its own children; resolves when the process is gone. */
  end(signal?: NodeJS.Signals): Promise<void>
  /** Sends a signal to the process alone. */
  signal(signal: NodeJS.Signals): void
}

const children = new Set<ChildProcess>()
process.once('exit', () => {
  for (const child of children) endGroup(child, 'SIGKILL')
})

function endGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    // A negative ID is the group: a server's workers do not outlive it.
    process.kill(-(child.pid as number), signal)
  } catch {
    // It is gone already.
  }
}

const spawnGroup = ({ command, args, env }: Program) =>
  spawn(command, args, { detached: true, env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] })

/** Starts a server; resolves once it listens. Rejects with what it printed if it does not. */
export async function start({ ready, port, ...program }: Launch): Promise<Child> {
  const { command, args } = program
  const child = spawnGroup(program)
  children.add(child)
  let output = ''
  const gone = new Promise<void>((resolve) => {
    const settle = (): void => {
      children.delete(child)
      resolve()
    }
    child.once('exit', settle)
    child.once('error', (error) => {
      output += error.message
      settle()
    })
  })
  const listening = new Promise<string | undefined>((resolve) => {
    const read = (chunk: Buffer): void => {
      output += chunk
      const match = ready.exec(output)
      if (match !== null) resolve(match[1] ?? '')
    }
    child.stdout.on('data', read)
    child.stderr.on('data', read)
    gone.then(() => resolve(undefined))
    setTimeout(() => resolve(undefined), 20_000).unref()
  })
  const found = await listening
  if (found === undefined) {
    endGroup(child, 'SIGKILL')
    throw new Error(`${command} ${args.join(' ')} does not listen. It printed:\n${output}`)
  }
  const at = found === '' ? port : Number(found)
  if (at === undefined) throw new Error(`${command} does not say its port`)
  return {
    url: `http://127.0.0.1:${at}`,
    port: at,
    output: () => output,
    end: (signal = 'SIGKILL') => {
      endGroup(child, signal)
      return gone
    },
    signal: (signal) => {
      child.kill(signal)
    },
  }
}

/** What a program has printed, and its exit status; `null` if a signal has ended it. */
interface Ended {
  readonly status: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a program to its end. What it has started itself does not outlive it. */
export function runToEnd(program: Program): Promise<Ended> {
  const child = spawnGroup(program)
  children.add(child)
  const printed = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      printed[name] += text
    })
  }
  child.once('exit', () => endGroup(child, 'SIGKILL'))
  return new Promise((resolve, reject) => {
    child.once('error', (error) => {
      children.delete(child)
      reject(error)
    })
    child.once('close', (status) => {
      children.delete(child)
      resolve({ status, ...printed })
    })
  })
}

/** Starts a server that must be told its port. Another process may take a free one first: then the next is tried. */
export async function startOn(launch: (port: number) => Launch | Promise<Launch>): Promise<Child> {
  for (let tries = 1; ; tries++) {
    const port = await freePort()
    try {
      return await start({ ...(await launch(port)), port })
    } catch (error) {
      if (tries === 3) throw error
    }
  }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
