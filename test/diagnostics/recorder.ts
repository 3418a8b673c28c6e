import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { onTestFinished } from 'vitest'
import type { DiagnosedStream, StreamMessages } from '../../src/index.ts'

export type Name = keyof StreamMessages
export type Told = { [N in Name]: { readonly name: N; readonly message: StreamMessages[N] } }[Name]

export const NAMES: readonly Name[] = ['rx-sse:start', 'rx-sse:open', 'rx-sse:retry', 'rx-sse:end']

/** Listens to one channel for one test. */
export function hear<N extends Name>(name: N, listener: (message: StreamMessages[N]) => void): () => void {
  const heard = (message: unknown): void => listener(message as StreamMessages[N])
  const stop = (): void => void unsubscribe(name, heard)
  subscribe(name, heard)
  onTestFinished(stop)
  return stop
}

export interface Recorder {
  /** What was published, stream by stream, in the order of their first messages. */
  readonly lives: readonly (readonly Told[])[]
  /** The messages of one channel, of whatever stream. */
  of<N extends Name>(name: N): StreamMessages[N][]
}

/** Listens to all channels for one test. */
export function record(): Recorder {
  const all: Told[] = []
  const byStream = new Map<DiagnosedStream, Told[]>()
  for (const name of NAMES) {
    hear(name, (message) => {
      const told = { name, message } as Told
      all.push(told)
      const life = byStream.get(message.stream) ?? []
      byStream.set(message.stream, life)
      life.push(told)
    })
  }
  return {
    get lives() {
      return [...byStream.values()]
    },
    of: <N extends Name>(name: N) =>
      all.filter((told) => told.name === name).map(({ message }) => message as StreamMessages[N]),
  }
}

/** `start open end`. */
export const wordsOf = (life: readonly Told[]): string =>
  life.map(({ name }) => name.slice('rx-sse:'.length)).join(' ')

/** What is wrong with a life, whatever the stream did: its order, its attempts, its counts; empty if nothing is. */
export function faultsOf(life: readonly Told[]): string[] {
  const faults: string[] = []
  const mustHold = (holds: boolean, what: string): void => {
    if (!holds) faults.push(`${what}: ${JSON.stringify(life)}`)
  }
  mustHold(/^start( open| retry)* end$/.test(wordsOf(life)), 'start (open | retry)* end')
  let attempt = 0
  let isOpen = false
  let events = 0
  let retries = 0
  for (const { name, message } of life) {
    mustHold(Object.isFrozen(message) && Object.isFrozen(message.stream), 'frozen')
    if (name === 'rx-sse:start') {
      attempt = message.attempt
    } else if (name === 'rx-sse:open') {
      mustHold(!isOpen && message.attempt === attempt, 'opens once an attempt')
      mustHold(message.status === 200 && message.elapsedMs >= 0, 'a stream, after some time')
      isOpen = true
    } else if (name === 'rx-sse:retry') {
      mustHold(message.attempt === attempt && message.error.attempt === attempt, 'a failure of this attempt')
      mustHold(isOpen || message.attemptEvents === 0, 'no event without a stream')
      events += message.attemptEvents
      mustHold(message.events === events, 'counts')
      attempt++
      retries++
      isOpen = false
    } else {
      const { outcome, error, timeToFirstValueMs: first, durationMs } = message
      mustHold((outcome === 'error') === (error !== undefined), 'an error for an outcome')
      mustHold((first === undefined) === (message.events === 0), 'a first value if there is one')
      mustHold(first === undefined || (first >= 0 && first <= durationMs), 'times')
      const newEvents = message.attempts > retries ? message.attemptEvents : 0
      mustHold(message.events === events + newEvents, 'counts at the end')
    }
  }
  return faults
}
