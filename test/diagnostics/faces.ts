import { type Observable, Subject, takeUntil } from 'rxjs'
import {
  type EventStreamConfig,
  eventStreamSignals,
  fromEventStream,
  type ServerSentEvent,
  shareStream,
  toAsyncIterable,
  viewState,
} from '../../src/index.ts'

type Config = EventStreamConfig<ServerSentEvent> & { dialect?: undefined }

/** A stream that is about to be read, and may be left at any moment, also while it is being subscribed. */
export interface Reading {
  readonly leave: () => void
  /** @returns when it has ended, or was left */
  readonly begin: (onValue: () => void) => Promise<void>
}

function observed(source: Observable<unknown>, isValue: (said: never) => boolean = () => true): Reading {
  const left = new Subject<void>()
  return {
    leave: () => left.next(),
    begin: (onValue) =>
      new Promise((resolve) => {
        source.pipe(takeUntil(left)).subscribe({
          next: (said) => {
            if (isValue(said as never)) onValue()
          },
          complete: resolve,
          error: () => resolve(),
        })
      }),
  }
}

function pulled(url: string, config: Config): Reading {
  const iterator = toAsyncIterable(url, config)[Symbol.asyncIterator]()
  return {
    leave: () => void iterator.return?.(),
    async begin(onValue) {
      try {
        while ((await iterator.next()).done !== true) onValue()
      } catch {
        // It has failed, which its messages say.
      }
    },
  }
}

function viewed(url: string, config: Config): Reading {
  const view = viewState({ seed: 0, reduce: (count: number) => count + 1 })
  const left = new Subject<void>()
  return {
    leave: () => left.next(),
    begin: (onValue) =>
      new Promise((resolve) => {
        let seen = 0
        const over = new Subject<void>()
        eventStreamSignals(url, config)
          .pipe(view, takeUntil(left), takeUntil(over))
          .subscribe({
            next({ status, values }) {
              for (; seen < values; seen++) onValue()
              // A view has no end of its own: it can be begun again.
              if (status === 'done' || status === 'failed') queueMicrotask(() => over.next())
            },
            complete: resolve,
          })
      }),
  }
}

/** Every way to read a stream. */
export const FACES: Readonly<Record<string, (url: string, config: Config) => Reading>> = {
  fromEventStream: (url, config) => observed(fromEventStream(url, config)),
  eventStreamSignals: (url, config) =>
    observed(eventStreamSignals(url, config), ({ type }: { type: string }) => type === 'value'),
  shareStream: (url, config) => observed(fromEventStream(url, config).pipe(shareStream())),
  toAsyncIterable: pulled,
  viewState: viewed,
}
