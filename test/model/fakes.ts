import type { SseError } from '../../src/index.ts'
import type { DelayNotifier, NotifierHandler } from '../../src/session/backoff.ts'
import type { Wakeups } from '../../src/session/wakeups.ts'
import type { Notice, Wakeup } from './log.ts'

/** One subscription to what `retry.delay` has returned. */
export class Notification {
  readonly #error: SseError
  readonly #on: NotifierHandler
  /** The session cannot stop what it was not given. */
  subscribing = true
  isStopped = false

  constructor(error: SseError, on: NotifierHandler) {
    this.#error = error
    this.#on = on
  }

  say(notice: Notice): void {
    if (notice === 'next') this.#on.next()
    else if (notice === 'complete') this.#on.complete()
    else this.#on.error(notice === 'same' ? this.#error : new Error('of the notifier'))
  }
}

/** Notifiers that speak when the test says so. */
export class FakeNotifier {
  readonly notifications: Notification[] = []
  /** What the next one says as soon as it is subscribed to. */
  atOnce: Notice | undefined
  readonly #onSubscribe: (error: SseError, failures: number) => void

  constructor(onSubscribe: (error: SseError, failures: number) => void) {
    this.#onSubscribe = onSubscribe
  }

  readonly subscribe: DelayNotifier = (error, failures, on) => {
    const notification = new Notification(error, on)
    this.notifications.push(notification)
    try {
      this.#onSubscribe(error, failures)
      const notice = this.atOnce
      this.atOnce = undefined
      if (notice !== undefined) notification.say(notice)
    } finally {
      notification.subscribing = false
    }
    return () => {
      notification.isStopped = true
    }
  }

  /** Those that the session has not left. */
  get left(): number {
    return this.notifications.filter(({ isStopped, subscribing }) => !isStopped && !subscribing).length
  }
}

/** A machine that sleeps, and wakes up, when the test says so. */
export class FakeWakeups {
  readonly #listeners = new Set<(wakeup: Wakeup) => void>()

  readonly listen: Wakeups = (listener) => {
    const own = (wakeup: Wakeup): void => listener(wakeup)
    this.#listeners.add(own)
    return () => this.#listeners.delete(own)
  }

  get listeners(): number {
    return this.#listeners.size
  }

  wake(wakeup: Wakeup): void {
    for (const listener of [...this.#listeners]) listener(wakeup)
  }
}
