import { type ConnectingSignal, eventStreamSignals, isSseError, openaiChat, type SseError } from '../index.ts'
import { type FaultServer, startFaultServer } from '../testing/index.ts'
import type { Act } from './demo-acts.ts'
import { textOfChunk } from './wires.ts'

/** What came of a stream. */
export interface Outcome {
  readonly text: string
  readonly events: number
  /** Nothing, if it completed. */
  readonly error: SseError | undefined
}

/** Told while a stream runs. */
export interface Witness {
  token(text: string): void
  request(signal: ConnectingSignal): void
  failed(error: SseError, delayMs: number): void
}

/** One completion over the library's own face. Resolves to nothing if it was stopped. */
export function complete(
  server: FaultServer,
  config: NonNullable<Act['config']>,
  witness: Witness | undefined,
  stop: AbortSignal,
): Promise<Outcome | undefined> {
  const signals = eventStreamSignals(`${server.url}/v1/chat/completions`, {
    dialect: openaiChat(),
    body: { model: 'demo', stream: true },
    ...config,
  })
  return new Promise((resolve, reject) => {
    let text = ''
    let events = 0
    const subscription = signals.subscribe({
      next: (signal) => {
        if (signal.type === 'value') {
          const token = textOfChunk(signal.value)
          events++
          text += token
          witness?.token(token)
        } else if (signal.type === 'connecting') {
          witness?.request(signal)
        } else if (signal.type === 'waiting') {
          witness?.failed(signal.error, signal.delayMs)
        }
      },
      complete: () => resolve({ text, events, error: undefined }),
      error: (error: unknown) => {
        if (isSseError(error)) resolve({ text, events, error })
        else reject(error)
      },
    })
    const onStop = (): void => {
      subscription.unsubscribe()
      resolve(undefined)
    }
    if (stop.aborted) onStop()
    else stop.addEventListener('abort', onStop, { once: true })
  })
}

const GRACE_MS = 1_000

/** The loop that everybody writes first, against a server of the same kind: what it would have reported. */
export async function startPlainLoop(
  act: Act,
): Promise<{ verdict(): Promise<string>; close(): Promise<void> }> {
  const server = await startFaultServer(act.scenario)
  const abort = new AbortController()
  const loop = async (): Promise<string> => {
    try {
      const response = await fetch(server.url, { signal: abort.signal })
      if (!response.ok) return 'fails'
      const reader = response.body?.getReader()
      while (reader !== undefined && !(await reader.read()).done);
      return 'success'
    } catch {
      return abort.signal.aborted ? 'still waiting' : 'fails'
    }
  }
  const result = loop()
  return {
    verdict: async () => {
      const timer = setTimeout(() => abort.abort(), act.hangs === true ? 0 : GRACE_MS)
      const verdict = await result
      clearTimeout(timer)
      return verdict
    },
    close: async () => {
      abort.abort()
      await result
      await server.close()
    },
  }
}
