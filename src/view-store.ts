import { Observable, Subscription } from 'rxjs'
import type { StreamSignal } from './stream-signal.ts'
import type { ViewActions, ViewOptions, ViewState } from './view.ts'
import { viewState } from './view-state.ts'

/** What UI frameworks subscribe to: one stream for all who look at it. All members are plain functions, to be passed as they are. */
export interface ViewStore<V> extends ViewActions {
  /** Calls at once, and with each state from then on. Returns how to stop. The contract of Svelte's stores, and of React's `useSyncExternalStore`. */
  subscribe(run: (state: ViewState<V>) => void): () => void
  /** The state as it is; the same object until there is another. */
  getSnapshot(): ViewState<V>
  /** The state before there is one, as a server renders it. */
  getServerSnapshot(): ViewState<V>
  /** The same as an Observable, for whom that suits better. Does not make another request. */
  readonly state$: Observable<ViewState<V>>
}

/**
 * {@link viewState} as a store, of the signals that {@link eventStreamSignals} gives: React's `useSyncExternalStore(store.subscribe, store.getSnapshot)`, Svelte's `$store`, a ref of Vue.
 *
 * The first subscriber makes the request. The last one out ends it, unless another comes in the same turn of the event
 * loop, and the next one begins anew; what has ended, whole or not, stays for those who come later. Actions do nothing while nobody is subscribed.
 *
 * @throws TypeError at the call, for a wrong option.
 */
export function viewStore<T, V>(
  source: Observable<StreamSignal<T>>,
  options: ViewOptions<T, V>,
): ViewStore<V> {
  const view = viewState(options)
  const states = source.pipe(view)
  const listeners = new Set<(state: ViewState<V>) => void>()
  let snapshot = view.initial
  let end: (() => void) | undefined

  const begin = (): void => {
    const subscription = new Subscription()
    // Before it is subscribed: who is told the first state may bring another subscriber.
    end = () => subscription.unsubscribe()
    subscription.add(
      states.subscribe((state) => {
        snapshot = state
        for (const listener of [...listeners]) {
          // One of them has acted: all were told the later state, and this one is old.
          if (snapshot !== state) break
          if (listeners.has(listener)) listener(state)
        }
      }),
    )
  }
  const leave = (): void => {
    if (listeners.size > 0 || snapshot.canStart || end === undefined) return
    end()
    end = undefined
    snapshot = view.initial
  }
  const subscribe = (run: (state: ViewState<V>) => void): (() => void) => {
    // A function of its own: the same one may subscribe twice.
    const listener = (state: ViewState<V>): void => {
      try {
        run(state)
      } catch (error) {
        // The others are told all the same.
        setTimeout(() => {
          throw error
        })
      }
    }
    listeners.add(listener)
    if (end === undefined) begin()
    else listener(snapshot)
    return () => {
      // Soon, not at once: a UI that moves a component, or React's StrictMode, comes back in the same turn.
      if (listeners.delete(listener)) queueMicrotask(leave)
    }
  }
  const whileWatched = (act: () => void) => (): void => {
    if (listeners.size > 0) act()
  }
  return {
    subscribe,
    getSnapshot: () => snapshot,
    getServerSnapshot: () => view.initial,
    state$: new Observable((subscriber) => subscribe((state) => subscriber.next(state))),
    stop: whileWatched(view.stop),
    retryNow: whileWatched(view.retryNow),
    startAgain: whileWatched(view.startAgain),
    continue: whileWatched(view.continue),
  }
}
