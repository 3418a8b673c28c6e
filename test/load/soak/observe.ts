import { type Observable, Subscription } from 'rxjs'
import {
  type ChatCompletionChunk,
  type EventStreamConfig,
  eventStreamSignals,
  fromEventStream,
  openaiChat,
  toAsyncIterable,
} from '../../../src/index.ts'
import type { Lot } from './lot.ts'
import { positionOf } from './numbered.ts'

/** `left`: we have unsubscribed, at this `Date.now()`. */
type Ending =
  | { readonly type: 'complete' }
  | { readonly type: 'left'; readonly at: number }
  | { readonly type: 'error'; readonly error: unknown }

/** What a stream's consumer saw. */
export interface Observation {
  /** Where each delivered value stands in its completion; -1: it is none of it. */
  readonly positions: number[]
  /** `undefined`: not yet. */
  ending: Ending | undefined
  /** Values, endings and signals after the end, and what else must never be. */
  readonly oddities: string[]
  /** `connecting` signals; 0 where signals are not read. */
  attempts: number
}

/** Something between the stream and whoever observes it; what makes mistakes for the accountant to find. */
export type Tamper = <T>(source: Observable<T>, lot: Lot) => Observable<T>

type Config = Pick<EventStreamConfig<ChatCompletionChunk>, 'dispatcher' | 'signal'>

/** Makes a stream and observes it over the public API. `onOver` is called once, when it has ended or was left. */
export function observe(
  url: string,
  lot: Lot,
  own: Config,
  onOver: () => void,
  tamper: Tamper = (source) => source,
): Observation {
  const seen: Observation = { positions: [], ending: undefined, oddities: [], attempts: 0 }
  const config = { ...lot.config, ...own, dialect: openaiChat() }
  const subscription = new Subscription()

  const end = (ending: Ending): void => {
    if (seen.ending !== undefined) {
      seen.oddities.push(`${ending.type} after ${seen.ending.type}`)
      return
    }
    seen.ending = ending
    onOver()
  }
  /** Whether it goes on. */
  const take = (chunk: ChatCompletionChunk): boolean => {
    if (seen.ending !== undefined) seen.oddities.push(`a value after ${seen.ending.type}`)
    seen.positions.push(positionOf(chunk, lot.stream))
    if (seen.positions.length !== lot.leaveAfter) return true
    subscription.unsubscribe()
    end({ type: 'left', at: Date.now() })
    return false
  }
  const observer = {
    complete: () => end({ type: 'complete' }),
    error: (error: unknown) => end({ type: 'error', error }),
  }

  switch (lot.way) {
    case 'fromEventStream':
      subscription.add(tamper(fromEventStream(url, config), lot).subscribe({ next: take, ...observer }))
      break
    case 'eventStreamSignals':
      subscription.add(
        tamper(eventStreamSignals(url, config), lot).subscribe({
          next(signal) {
            if (signal.type === 'value') take(signal.value)
            else if (signal.type === 'connecting') seen.attempts++
            else if (signal.type === 'reset') seen.oddities.push('a reset that nobody asked for')
          },
          ...observer,
        }),
      )
      break
    case 'toAsyncIterable':
      pull(toAsyncIterable(url, config), take).then(
        (whole) => whole && observer.complete(),
        (error: unknown) => observer.error(error),
      )
  }
  return seen
}

/** Whether it came to its end. */
async function pull<T>(source: AsyncIterable<T>, take: (value: T) => boolean): Promise<boolean> {
  for await (const value of source) if (!take(value)) return false
  return true
}
