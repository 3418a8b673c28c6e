import { useLayoutEffect, useReducer, useRef } from 'preact/hooks'

/** A value that changes, and who wants to know. */
export interface Store<S> {
  get(): S
  set(next: S): void
  update(change: (state: S) => S): void
  /** Does not call `run` at once. */
  subscribe(run: () => void): () => void
}

export function createStore<S>(initial: S): Store<S> {
  let state = initial
  const runs = new Set<() => void>()
  const set = (next: S): void => {
    if (Object.is(next, state)) return
    state = next
    for (const run of [...runs]) run()
  }
  return {
    get: () => state,
    set,
    update: (change) => set(change(state)),
    subscribe(run) {
      runs.add(run)
      return () => runs.delete(run)
    },
  }
}

/** A store for whoever only looks. */
export type Readable<S> = Pick<Store<S>, 'get' | 'subscribe'>

/** Renders again only when what is selected has changed, by identity. */
export function useStore<S>(store: Readable<S>): S
export function useStore<S, V>(store: Readable<S>, select: (state: S) => V): V
export function useStore<S, V>(store: Readable<S>, select: (state: S) => V | S = (state) => state): V | S {
  const [, render] = useReducer((count: number) => count + 1, 0)
  const value = select(store.get())
  const seen = useRef({ value, select })
  seen.current = { value, select }
  useLayoutEffect(() => {
    const look = (): void => {
      const { value: before, select: choose } = seen.current
      if (!Object.is(choose(store.get()), before)) render(undefined)
    }
    // It may have changed between the rendering and now.
    look()
    return store.subscribe(look)
  }, [store])
  return value
}
