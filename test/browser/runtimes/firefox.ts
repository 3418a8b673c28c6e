import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { endedWithUs } from './ended-with-us.ts'

/** A stock Firefox, driven by WebDriver BiDi [w3c], which playwright's own Firefox protocol is not. */
export interface Firefox {
  readonly version: string
  /** Opens a page in the only tab. */
  open(url: string): Promise<void>
  /** Calls a function of the page, given as its source, with JSON, and waits for what it promises: JSON. */
  call(source: string, argument: unknown): Promise<unknown>
  /** Takes the network away from the tab, and gives it back. */
  setOffline(offline: boolean): Promise<void>
  close(): Promise<void>
}

const PREFERENCES = [
  // No request of its own, and no page of its own, may come between.
  ['app.update.auto', false],
  ['browser.aboutwelcome.enabled', false],
  ['browser.shell.checkDefaultBrowser', false],
  ['browser.startup.homepage_override.mstone', 'ignore'],
  ['datareporting.policy.dataSubmissionEnabled', false],
  ['network.captive-portal-service.enabled', false],
  ['network.connectivity-service.enabled', false],
  ['toolkit.telemetry.reportingpolicy.firstRun', false],
] as const

/**
 * @throws Error if it does not start within 60 s, with what it said.
 */
export async function startFirefox({
  executable = '/usr/bin/firefox-esr',
  acceptInsecureCerts = false,
} = {}): Promise<Firefox> {
  const profile = await mkdtemp(join(tmpdir(), 'rx-sse-firefox-'))
  await writeFile(
    join(profile, 'user.js'),
    PREFERENCES.map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    ).join(''),
  )
  const process = spawn(
    executable,
    ['--headless', '--no-remote', '--profile', profile, '--remote-debugging-port', '0', 'about:blank'],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
      env: { ...globalThis.process.env, HOME: profile, MOZ_CRASHREPORTER_DISABLE: '1' },
    },
  )
  const kill = endedWithUs(process)
  const end = async (): Promise<void> => {
    await kill()
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
  try {
    const socket = await connect(`${await endpointOf(process)}/session`)
    return await begin(socket, acceptInsecureCerts, end)
  } catch (error) {
    await end()
    throw error
  }
}

function endpointOf(process: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    const fail = (why: string): void => {
      clearTimeout(timer)
      reject(new Error(`Firefox ${why}: ${said.slice(-2_000)}`))
    }
    const timer = setTimeout(() => fail('said no endpoint within 60 s'), 60_000)
    const read = (chunk: Buffer): void => {
      said += chunk
      const endpoint = /WebDriver BiDi listening on (ws:\S+)/.exec(said)?.[1]
      if (endpoint === undefined) return
      clearTimeout(timer)
      resolve(endpoint)
    }
    process.stdout?.on('data', read)
    process.stderr?.on('data', read)
    process.once('error', (error) => fail(error.message))
    process.once('exit', (code) => fail(`ended with ${code}`))
  })
}

function connect(url: string): Promise<WebSocket> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url)
    socket.onopen = () => resolve(socket)
    socket.onerror = () => reject(new Error(`no WebSocket to ${url}`))
  })
}

interface Waiter {
  resolve(value: unknown): void
  reject(error: Error): void
}

async function begin(
  socket: WebSocket,
  acceptInsecureCerts: boolean,
  end: () => Promise<void>,
): Promise<Firefox> {
  const waiters = new Map<number, Waiter>()
  let last = 0
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(String(data))
    const waiter = waiters.get(message.id)
    waiters.delete(message.id)
    if (message.type === 'error') waiter?.reject(new Error(`BiDi: ${message.error}: ${message.message}`))
    else waiter?.resolve(message.result)
  }
  socket.onclose = () => {
    for (const { reject } of waiters.values()) reject(new Error('Firefox is gone'))
    waiters.clear()
  }
  const send = (method: string, params: unknown): Promise<unknown> => {
    const id = ++last
    return new Promise((resolve, reject) => {
      waiters.set(id, { resolve, reject })
      socket.send(JSON.stringify({ id, method, params }))
    })
  }
  const session = (await send('session.new', {
    capabilities: { alwaysMatch: { acceptInsecureCerts } },
  })) as { capabilities: { browserVersion: string } }
  const tree = (await send('browsingContext.getTree', {})) as { contexts: { context: string }[] }
  const context = tree.contexts[0]!.context
  return {
    version: session.capabilities.browserVersion,
    async setOffline(offline) {
      await send('emulation.setNetworkConditions', {
        contexts: [context],
        networkConditions: offline ? { type: 'offline' } : null,
      })
    },
    async open(url) {
      await send('browsingContext.navigate', { context, url, wait: 'complete' })
    },
    async call(source, argument) {
      const answer = (await send('script.callFunction', {
        functionDeclaration: `async (text) => JSON.stringify(await (${source})(JSON.parse(text)))`,
        arguments: [{ type: 'string', value: JSON.stringify(argument ?? null) }],
        target: { context },
        awaitPromise: true,
      })) as { result?: { value?: string }; exceptionDetails?: { text: string } }
      if (answer.exceptionDetails !== undefined) throw new Error(answer.exceptionDetails.text)
      const text = answer.result?.value
      return text === undefined ? undefined : JSON.parse(text)
    },
    async close() {
      socket.onclose = null
      socket.close()
      await end()
    },
  }
}
