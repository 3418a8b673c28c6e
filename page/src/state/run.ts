import { type ViewState, viewState } from 'rx-sse'
import { openRun } from '../wire/run.ts'
import type { Order, RunSnapshot, Surroundings, Run as WireRun } from '../wire/types.ts'
import type { Seam } from './answer-writer.ts'
import { type Joined, join, joinedFrom } from './seams.ts'
import { createStore, type Readable, type Store } from './store.ts'
import { forgetRun, type StoredRun, storeRun } from './stored-run.ts'

/** A run as the page shows it. */
export interface Run {
  readonly number: number
  readonly order: Order
  readonly view: Readable<ViewState<string>>
  readonly wire: Readable<RunSnapshot>
  readonly record: WireRun['record']
  /** Where the text was gone on with. */
  seams(): readonly Seam[]
  /** The characters that stood there after a reload; `undefined`: this is no such run. */
  readonly reloadedAt: number | undefined
  readonly stop: () => void
  readonly retryNow: () => void
  readonly continue: () => void
  /** Ends all that it does. */
  close(): void
}

/** Drawing the wire more often than this costs more than it shows; and it may have this part of the time, on a slow machine. */
const WIRE_EVERY_MS = 60
const WIRE_SHARE = 0.2
const STORE_EVERY_MS = 200

const ENDED = new Set(['done', 'failed', 'cancelled'])

let runs = 0

/**
 * Starts a run. Rejects as `openRun` does.
 *
 * @param stored - what a reload has interrupted: it is gone on with
 */
export async function startRun(order: Order, surroundings: Surroundings, stored?: StoredRun): Promise<Run> {
  const from = stored && { url: stored.url, lastEventId: stored.lastEventId }
  const wireRun = await openRun(order, surroundings, from)
  let joined = joinedFrom(stored?.text ?? '')
  const fold = viewState<unknown, string>({
    seed: '',
    reduce: (text, value) => text + wireRun.textOf(value),
    emit: 'frame',
    stalledAfter: 1500,
  })
  const view = createStore<ViewState<string>>({ ...fold.initial, value: joined.before })
  const wire = createStore(wireRun.record.snapshot())
  const stopWatching = watch(wireRun.record, wire)
  const stopPersisting = order.type === 'switchboard' ? persist(order, wireRun.url, view) : () => {}
  const subscription = wireRun.signals$.pipe(fold).subscribe((state) => {
    joined = join(joined, state)
    view.set(afterReload(state, joined, stored))
  })
  return {
    number: ++runs,
    order,
    view,
    wire,
    record: wireRun.record,
    seams: () => joined.seams,
    reloadedAt: stored?.text.length,
    stop: fold.stop,
    retryNow: fold.retryNow,
    continue: fold.continue,
    close() {
      subscription.unsubscribe()
      stopWatching()
      stopPersisting()
    },
  }
}

/** With what stood there before the reload, and its cursor until there is a later one. */
function afterReload(
  state: ViewState<string>,
  { before }: Joined,
  stored: StoredRun | undefined,
): ViewState<string> {
  if (stored === undefined || before === '') return state
  const lastEventId = state.values === 0 ? stored.lastEventId : state.lastEventId
  return { ...state, lastEventId, value: before + state.value }
}

/** Takes a snapshot of the record a few times a second, while it changes. */
function watch(record: WireRun['record'], wire: Store<RunSnapshot>): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  let pause = WIRE_EVERY_MS
  const take = (): void => {
    const started = performance.now()
    timer = undefined
    wire.set(record.snapshot())
    // What is rendered for it is rendered in a microtask from here.
    queueMicrotask(() => {
      pause = Math.max(WIRE_EVERY_MS, (performance.now() - started) / WIRE_SHARE)
    })
  }
  const forget = record.subscribe(() => {
    timer ??= setTimeout(take, pause)
  })
  return () => {
    forget()
    clearTimeout(timer)
  }
}

/** Keeps what a reload needs, while the answer grows and has a cursor. */
function persist(
  order: Extract<Order, { type: 'switchboard' }>,
  url: string,
  view: Store<ViewState<string>>,
): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined
  const write = (): void => {
    clearTimeout(timer)
    timer = undefined
    const { status, lastEventId, value: text } = view.get()
    if (ENDED.has(status) || lastEventId === undefined || lastEventId === '') forgetRun()
    else storeRun({ url, lastEventId, text, prompt: order.prompt, settings: order.settings })
  }
  const forget = view.subscribe(() => {
    if (ENDED.has(view.get().status)) write()
    else timer ??= setTimeout(write, STORE_EVERY_MS)
  })
  addEventListener('pagehide', write)
  return () => {
    forget()
    clearTimeout(timer)
    removeEventListener('pagehide', write)
  }
}
