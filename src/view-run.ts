import { Observable, type Subscription } from 'rxjs'
import { onNextFrame } from './next-frame.ts'
import type { WaitingSignal } from './session/signal.ts'
import type { Continuation, StreamSignal } from './stream-signal.ts'
import type { ViewError, ViewOptions, ViewState, ViewStatus } from './view.ts'

type Settings<T, V> = Required<ViewOptions<T, V>> & { readonly stalledAfter: number }

/** What is under way: something, whose signals still count; or nothing. */
interface Course {
  subscription: Subscription | undefined
}

/** One subscription of a view: folds signals, and acts. */
export class ViewRun<T, V> {
  readonly #source: Observable<StreamSignal<T>>
  readonly #settings: Settings<T, V>
  readonly #emit: (state: ViewState<V>) => void
  #course: Course | undefined
  /** The last that was begun, which may be over. */
  #begun: Course | undefined
  #status: ViewStatus = 'idle'
  #value: V
  #error: ViewError | undefined
  #attempt = 0
  #lastEventId: string | undefined
  /** What the stream was asked to begin after: right after the seed. */
  #beganAfter: string | undefined
  #resumed = 0
  #values = 0
  #requestId: string | undefined
  #waiting: WaitingSignal | undefined
  #continuation: Continuation<T> | undefined
  /** The attempt goes on after values: counted once it is answered. */
  #goesOn = false
  #told = false
  #heardAt = 0
  #stallTimer: ReturnType<typeof setTimeout> | undefined
  #cancelFrame: (() => void) | undefined

  constructor(
    source: Observable<StreamSignal<T>>,
    settings: Required<ViewOptions<T, V>>,
    emit: (state: ViewState<V>) => void,
  ) {
    this.#source = source
    this.#settings = settings as Settings<T, V>
    this.#emit = emit
    this.#value = settings.seed
  }

  open(): void {
    if (this.#settings.start === 'now') this.#begin(this.#source)
    else this.#tell()
  }

  close(): void {
    this.#leave()
    this.#callOffFrame()
  }

  stop(): void {
    if (this.#course === undefined) return
    this.#leave()
    this.#end('cancelled', undefined)
  }

  retryNow(): void {
    this.#waiting?.retryNow()
  }

  startAgain(): void {
    this.#leave()
    this.#void()
    this.#attempt = 0
    this.#resumed = 0
    this.#requestId = undefined
    this.#continuation = undefined
    this.#begin(this.#source)
  }

  continue(): void {
    const { state } = this
    if (state.canContinue && this.#continuation !== undefined) this.#begin(this.#continuation)
  }

  get state(): ViewState<V> {
    const isLive = this.#course !== undefined
    return {
      status: this.#status,
      value: this.#value,
      error: this.#error,
      attempt: this.#attempt,
      retryAt: this.#waiting?.until,
      lastEventId: this.#lastEventId,
      resumed: this.#resumed,
      values: this.#values,
      requestId: this.#requestId,
      canStop: isLive,
      canRetryNow: this.#waiting !== undefined,
      canContinue: !isLive && this.#isExactlyContinuable,
      canStart: !isLive,
    }
  }

  /** Not where a value was delivered that is not in what is shown: by a `reduce` that threw, or an operator in between. */
  get #isExactlyContinuable(): boolean {
    const continuation = this.#continuation
    if (this.#status === 'done' || continuation === undefined) return false
    return continuation.isPossible && continuation.after === this.#values
  }

  #begin(signals: Observable<StreamSignal<T>>): void {
    this.#become('connecting')
    this.#error = undefined
    this.#told = false
    this.#follow(signals)
    // A source that says nothing at once: an operator in between may be slower.
    if (!this.#told) this.#tell()
  }

  #follow(signals: Observable<StreamSignal<T>>): void {
    const course: Course = { subscription: undefined }
    this.#course = course
    this.#begun = course
    // Known before the source says its first: it may be stopped inside that.
    const source = new Observable<StreamSignal<T>>((subscriber) => {
      course.subscription = subscriber
      return signals.subscribe(subscriber)
    })
    source.subscribe({
      next: (signal) => {
        if (this.#course === course) this.#onSignal(signal, course)
      },
      error: (error: unknown) => {
        if (this.#course === course) this.#fail(error)
      },
      complete: () => {
        if (this.#course === course) this.#end('done', undefined)
      },
    })
  }

  #onSignal(signal: StreamSignal<T>, course: Course): void {
    if (signal.type === 'value') {
      this.#onValue(signal.value, signal.lastEventId, course)
      return
    }
    if (signal.type === 'cursor') {
      this.#lastEventId = signal.lastEventId
      this.#tellWithFrame()
      return
    }
    if (signal.type === 'reset') {
      this.#void()
      this.#lastEventId = this.#beganAfter
    } else if (signal.type === 'connecting') {
      this.#become('connecting')
      this.#error = undefined
      this.#attempt = signal.attempt
      this.#continuation = signal.continuation
      if (signal.attempt === 1) this.#beganAfter = signal.lastEventId
      if (this.#values === 0) this.#lastEventId = signal.lastEventId
      this.#goesOn = this.#values > 0 && signal.step !== undefined && signal.step !== 'reset'
    } else if (signal.type === 'open') {
      this.#become('streaming')
      this.#requestId = signal.requestId
      if (this.#goesOn) this.#resumed++
      this.#goesOn = false
      this.#watch()
    } else if (signal.type === 'waiting') {
      this.#become('waiting')
      this.#error = signal.error
      this.#waiting = signal
    } else {
      // Types say that it cannot be; a program without them would show an answer as whole of which nothing was read.
      this.#leave()
      this.#fail(new TypeError(NO_SIGNAL))
      return
    }
    this.#tell()
  }

  #onValue(value: T, lastEventId: string | undefined, course: Course): void {
    let folded: V
    try {
      folded = this.#settings.reduce(this.#value, value)
    } catch (error) {
      if (this.#course !== course) return
      this.#leave()
      this.#fail(error)
      return
    }
    // Begun anew inside `reduce`: the value is void.
    if (this.#begun !== course) return
    this.#value = folded
    this.#values++
    this.#lastEventId = lastEventId
    if (this.#course !== course) {
      // Stopped inside `reduce`: it was delivered all the same.
      this.#tell()
      return
    }
    this.#heardAt = performance.now()
    // What is not rx-sse's own source may have no "open".
    if (this.#status === 'streaming') {
      this.#tellWithFrame()
    } else {
      this.#become('streaming')
      this.#watch()
      this.#tell()
    }
  }

  #fail(thrown: unknown): void {
    const error = thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown })
    this.#end('failed', error as ViewError)
  }

  #end(status: 'done' | 'failed' | 'cancelled', error: ViewError | undefined): void {
    this.#course = undefined
    this.#become(status)
    this.#error = error
    this.#tell()
  }

  #become(status: ViewStatus): void {
    this.#status = status
    this.#waiting = undefined
    if (this.#stallTimer !== undefined) clearTimeout(this.#stallTimer)
    this.#stallTimer = undefined
  }

  /** What was shown is void. */
  #void(): void {
    this.#value = this.#settings.seed
    this.#values = 0
    this.#lastEventId = undefined
  }

  /** Nothing of what is under way counts any more. */
  #leave(): void {
    const course = this.#course
    this.#course = undefined
    this.#become(this.#status)
    course?.subscription?.unsubscribe()
  }

  /** One timer, set again for what is left since the last value: a value only moves a number. */
  #watch(): void {
    const { stalledAfter } = this.#settings
    if (stalledAfter === 0 || stalledAfter === Number.POSITIVE_INFINITY) return
    this.#heardAt = performance.now()
    const look = (): void => {
      const left = this.#heardAt + stalledAfter - performance.now()
      if (left > 0) {
        this.#stallTimer = setTimeout(look, Math.min(left + 1, LONGEST_TIMER_MS))
      } else {
        this.#become('stalled')
        this.#tell()
      }
    }
    this.#stallTimer = setTimeout(look, Math.min(stalledAfter, LONGEST_TIMER_MS))
  }

  #tellWithFrame(): void {
    if (this.#settings.emit === 'value') this.#tell()
    else if (this.#cancelFrame === undefined) this.#tellNextFrame()
  }

  #tellNextFrame(): void {
    let isDrawn = false
    const cancel = onNextFrame(() => {
      isDrawn = true
      this.#tell()
    })
    // A stand-in may draw at once.
    if (!isDrawn) this.#cancelFrame = cancel
  }

  #tell(): void {
    this.#callOffFrame()
    this.#told = true
    this.#emit(this.state)
  }

  #callOffFrame(): void {
    this.#cancelFrame?.()
    this.#cancelFrame = undefined
  }
}

const NO_SIGNAL =
  'a view folds signals: give it eventStreamSignals(url, config), and not fromEventStream(url, config), whose values are no signals.'

/** A longer one would fire at once [whatwg, timers]. */
const LONGEST_TIMER_MS = 2_147_483_647
