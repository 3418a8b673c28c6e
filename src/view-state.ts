import { Observable, type Subscriber } from 'rxjs'
import { refuseUnknown, show } from './errors/options.ts'
import type { StreamSignal } from './stream-signal.ts'
import type { ViewActions, ViewOptions, ViewState } from './view.ts'
import { ViewRun } from './view-run.ts'

/** An operator with actions: those of all its subscriptions. */
export interface StreamView<T, V> extends ViewActions {
  (source: Observable<StreamSignal<T>>): Observable<ViewState<V>>
  /** The state before there is one, with the seed: `idle`, or where it begins by itself `connecting`, so that a screen does not flicker. */
  readonly initial: ViewState<V>
}

/**
 * From the signals of a stream to what a UI shows, with the actions that a UI needs.
 *
 * ```ts
 * const view = viewState({ seed: '', reduce: (text, chunk: ChatCompletionChunk) => text + chat.text(chunk), emit: 'frame' })
 * eventStreamSignals(url, { body, dialect: chat }).pipe(view).subscribe((state) => render(state))
 * button.onclick = view.stop
 * ```
 *
 * Never errors: a failure is a state. Does not complete: what has ended can be started again or continued; unsubscribing ends
 * it. Emits the first state while it is being subscribed. Does not share: two subscriptions are two requests
 * ({@link viewStore}, {@link shareStream}).
 *
 * @throws TypeError at the call, for a wrong option.
 */
export function viewState<T, V>(options: ViewOptions<T, V>): StreamView<T, V> {
  const settings = settingsOf(options)
  const runs = new Set<ViewRun<T, V>>()
  const all = (act: (run: ViewRun<T, V>) => void) => (): void => {
    for (const run of [...runs]) act(run)
  }
  const operator = (source: Observable<StreamSignal<T>>): Observable<ViewState<V>> =>
    new Observable((subscriber: Subscriber<ViewState<V>>) => {
      const run = new ViewRun(source, settings, (state) => subscriber.next(state))
      runs.add(run)
      subscriber.add(() => {
        runs.delete(run)
        run.close()
      })
      run.open()
    })
  return Object.assign(operator, {
    initial: initialOf(settings),
    stop: all((run) => run.stop()),
    retryNow: all((run) => run.retryNow()),
    startAgain: all((run) => run.startAgain()),
    continue: all((run) => run.continue()),
  })
}

function initialOf<T, V>({ seed, start }: Required<ViewOptions<T, V>>): ViewState<V> {
  return {
    status: start === 'now' ? 'connecting' : 'idle',
    value: seed,
    error: undefined,
    attempt: 0,
    retryAt: undefined,
    lastEventId: undefined,
    resumed: 0,
    values: 0,
    requestId: undefined,
    canStop: false,
    canRetryNow: false,
    canContinue: false,
    canStart: start === 'later',
  }
}

const OPTIONS = { seed: true, reduce: true, emit: true, stalledAfter: true, start: true }

function settingsOf<T, V>(options: ViewOptions<T, V>): Required<ViewOptions<T, V>> {
  refuseUnknown(options, OPTIONS, 'viewState')
  const { seed, reduce, emit = 'value', stalledAfter = 10_000, start = 'now' } = options
  if (!Object.hasOwn(options, 'seed'))
    throw new TypeError('viewState: seed is missing: the value before the first.')
  if (typeof reduce !== 'function') {
    throw new TypeError(`viewState: reduce must be a function (value, next) => value, not ${show(reduce)}.`)
  }
  if (emit !== 'value' && emit !== 'frame') {
    throw new TypeError(`viewState: emit must be "value" or "frame", not ${show(emit)}.`)
  }
  if (typeof stalledAfter !== 'number' || !(stalledAfter >= 0)) {
    throw new TypeError(`viewState: stalledAfter must be milliseconds from 0 up, not ${show(stalledAfter)}.`)
  }
  if (start !== 'now' && start !== 'later') {
    throw new TypeError(`viewState: start must be "now" or "later", not ${show(start)}.`)
  }
  return { seed, reduce, emit, stalledAfter, start }
}
