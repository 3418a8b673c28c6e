/** What has happened to the machine or the page: `slept` and `online` put every open connection in doubt. */
export type Wakeup = 'slept' | 'online' | 'visible'

/** Where sessions hear of it. Returns how to stop listening. */
export type Wakeups = (listener: (wakeup: Wakeup) => void) => () => void

/** What is needed of `globalThis`: Node has the timers and the clock, a page the events as well. */
export interface Surroundings {
  setInterval(callback: () => void, ms: number): unknown
  clearInterval(timer: never): void
  readonly Date: { now(): number }
  addEventListener?(type: string, listener: () => void): void
  removeEventListener?(type: string, listener: () => void): void
  readonly document?:
    | {
        readonly visibilityState: string
        addEventListener(type: string, listener: () => void): void
        removeEventListener(type: string, listener: () => void): void
      }
    | undefined
}

/** How often the clock is looked at, in milliseconds. */
const LOOK_MS = 5_000
/** A look that is later than this was not kept by a busy event loop, but by a machine that slept. */
const LEAP_MS = 30_000

/**
 * Sleep shows as a leap of the wall clock, in Node as in a page; `online` and visibility are events of a page. One timer
 * and one set of listeners for all sessions, for as long as one listens. The timer keeps no process alive.
 */
export function watchWakeups(surroundings: Surroundings): Wakeups {
  const listeners = new Set<(wakeup: Wakeup) => void>()
  const tell = (wakeup: Wakeup): void => {
    for (const listener of [...listeners]) if (listeners.has(listener)) listener(wakeup)
  }
  const { document } = surroundings
  const onOnline = (): void => tell('online')
  const onVisible = (): void => {
    if (document?.visibilityState === 'visible') tell('visible')
  }
  let timer: unknown
  const begin = (): void => {
    let last = surroundings.Date.now()
    timer = surroundings.setInterval(() => {
      const now = surroundings.Date.now()
      const leapt = now - last > LOOK_MS + LEAP_MS
      last = now
      if (leapt) tell('slept')
    }, LOOK_MS)
    if (typeof timer === 'object' && timer !== null && 'unref' in timer) (timer as { unref(): void }).unref()
    surroundings.addEventListener?.('online', onOnline)
    document?.addEventListener('visibilitychange', onVisible)
  }
  const end = (): void => {
    surroundings.clearInterval(timer as never)
    surroundings.removeEventListener?.('online', onOnline)
    document?.removeEventListener('visibilitychange', onVisible)
  }
  return (listener) => {
    // A function of its own: the same listener may listen twice.
    const own = (wakeup: Wakeup): void => listener(wakeup)
    if (listeners.size === 0) begin()
    listeners.add(own)
    return () => {
      if (listeners.delete(own) && listeners.size === 0) end()
    }
  }
}
