import type { Observable } from 'rxjs'
import type { ChatCompletionChunk, StreamSignal, StreamView, ViewState } from '../../../src/web.ts'
import { equal, like, ok } from './expect.ts'
import type { Kit, SuiteCase } from './kit.ts'

interface Watched {
  readonly view: StreamView<ChatCompletionChunk, string>
  readonly states: ViewState<string>[]
  /** Settles with the first state, from now on, of which this is true. */
  when(is: (state: ViewState<string>) => boolean, what: string): Promise<ViewState<string>>
  end(): void
}

function watch(
  { sse }: Kit,
  source: Observable<StreamSignal<ChatCompletionChunk>>,
  more: { emit?: 'frame'; stalledAfter?: number; start?: 'later' } = {},
): Watched {
  const chat = sse.openaiChat()
  const view = sse.viewState<ChatCompletionChunk, string>({
    seed: '',
    reduce: (text, chunk) => text + chat.text(chunk),
    ...more,
  })
  const states: ViewState<string>[] = []
  const watchers = new Set<() => void>()
  const subscription = source.pipe(view).subscribe((state) => {
    states.push(state)
    for (const look of [...watchers]) look()
  })
  return {
    view,
    states,
    when: (is, what) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          watchers.delete(look)
          reject(new Error(`waited 10 s for ${what}; the state is ${JSON.stringify(states.at(-1))}`))
        }, 10_000)
        const look = (): void => {
          const state = states.at(-1)
          if (state === undefined || !is(state)) return
          clearTimeout(timer)
          watchers.delete(look)
          resolve(state)
        }
        watchers.add(look)
        look()
      }),
    end: () => subscription.unsubscribe(),
  }
}

/** What a UI sees. */
export const views: readonly SuiteCase[] = [
  {
    name: 'viewState: a whole life, from connecting to done',
    async run(kit) {
      const { url } = await kit.serve('whole')
      const { states, when, end } = watch(
        kit,
        kit.sse.eventStreamSignals(url, { dialect: kit.sse.openaiChat() }),
      )
      like(states[0], { status: 'connecting', value: '', canStop: true, canStart: false }, 'the first state')
      const done = await when(({ status }) => status === 'done', 'done')
      like(
        done,
        { value: kit.completion, error: undefined, canStop: false, canStart: true },
        'the last state',
      )
      equal([...new Set(states.map(({ status }) => status))], ['connecting', 'streaming', 'done'], 'statuses')
      end()
    },
  },
  {
    name: "viewState: at most one state a frame, and no text lost, with emit: 'frame'",
    async run(kit) {
      const { url } = await kit.serve({ answers: [{ paceMs: 1 }] })
      const source = kit.sse.eventStreamSignals(url, { dialect: kit.sse.openaiChat() })
      const { when, end } = watch(kit, source, { emit: 'frame' })
      const done = await when(({ status }) => status === 'done', 'done')
      equal(done.value, kit.completion, 'text')
      end()
    },
  },
  {
    name: 'viewState: stop keeps the text and ends the request; continue goes on after it',
    async run(kit) {
      const { url, abandoned, requests } = await kit.serve({
        ids: true,
        answers: [{ fault: { type: 'stall', after: { events: 5 } } }, {}],
      })
      const source = kit.sse.eventStreamSignals(url, { dialect: kit.sse.openaiChat() })
      const { view, when, end } = watch(kit, source)
      await when(({ values }) => values === 5, 'five values')
      view.stop()
      const stopped = await when(({ status }) => status === 'cancelled', 'cancelled')
      like(
        stopped,
        { value: 'A stream that stops', canContinue: true, canStart: true, lastEventId: '5' },
        'stopped',
      )
      await abandoned(1)
      view.continue()
      const done = await when(({ status }) => status === 'done', 'done')
      like(done, { value: kit.completion, resumed: 1 }, 'continued')
      equal((await requests())[1]?.headers['last-event-id'], '5', 'cursor')
      end()
    },
  },
  {
    name: 'viewState: a failure shows why, keeps the text, and can be started again',
    async run(kit) {
      const { url } = await kit.serve({
        answers: [{ fault: { type: 'in-band-error', after: { events: 5 } } }, {}],
      })
      const source = kit.sse.eventStreamSignals(url, { dialect: kit.sse.openaiChat(), retry: false })
      const { view, when, end } = watch(kit, source)
      const failed = await when(({ status }) => status === 'failed', 'failed')
      like(failed, { value: 'A stream that stops', canStart: true, canContinue: false }, 'failed')
      equal(failed.error?.code, 'model_overloaded', 'error')
      view.startAgain()
      const done = await when(({ status }) => status === 'done', 'done')
      like(done, { value: kit.completion, error: undefined }, 'started again')
      end()
    },
  },
  {
    name: 'viewState: waiting says until when and what for; retryNow ends the wait',
    async run(kit) {
      const { url } = await kit.serve('overloaded-then-whole')
      const source = kit.sse.eventStreamSignals(url, {
        dialect: kit.sse.openaiChat(),
        retry: { delay: 15_000, maxDelay: 15_000, jitter: 'none' },
      })
      const { view, when, end } = watch(kit, source)
      const waiting = await when(({ status }) => status === 'waiting', 'waiting')
      ok((waiting.retryAt ?? 0) > Date.now() + 5_000, `retryAt ${waiting.retryAt}`)
      equal(
        [waiting.error?.code, waiting.canRetryNow, waiting.attempt],
        ['model_overloaded', true, 1],
        'waiting',
      )
      view.retryNow()
      const done = await when(({ status }) => status === 'done', 'done')
      equal([done.value, done.attempt], [kit.completion, 2], 'done')
      end()
    },
  },
  {
    name: 'viewState: a stream that says nothing for a while is stalled, and streaming again when it goes on',
    async run(kit) {
      const { url } = await kit.serve({ answers: [{ paceMs: 1_500 }], events: ['{"choices":[]}', '[DONE]'] })
      const source = kit.sse.eventStreamSignals(url, { dialect: kit.sse.openaiChat() })
      const { states, when, end } = watch(kit, source, { stalledAfter: 60 })
      await when(({ status }) => status === 'done', 'done')
      ok(
        states.some(({ status }) => status === 'stalled'),
        `statuses ${states.map(({ status }) => status)}`,
      )
      end()
    },
  },
  {
    name: 'viewState: begins idle where it is to start later, and unsubscribing ends the request',
    async run(kit) {
      const { url, requests, received, abandoned } = await kit.serve('stall')
      const source = kit.sse.eventStreamSignals(url, { dialect: kit.sse.openaiChat() })
      const { view, states, end } = watch(kit, source, { start: 'later' })
      like(states[0], { status: 'idle', canStart: true, canStop: false }, 'the first state')
      equal((await requests()).length, 0, 'requests')
      view.startAgain()
      await received(1)
      end()
      await abandoned(1)
    },
  },
  {
    name: 'viewStore: one request for all who look, and the ended state stays',
    async run(kit) {
      const { sse, serve, completion } = kit
      const { url, requests } = await serve({ answers: [{ paceMs: 5 }] })
      const chat = sse.openaiChat()
      const store = sse.viewStore(sse.eventStreamSignals(url, { dialect: chat }), {
        seed: '',
        reduce: (text: string, chunk: ChatCompletionChunk) => text + chat.text(chunk),
      })
      let calls = 0
      const leave = store.subscribe(() => calls++)
      equal(calls, 1, 'calls at once')
      await new Promise<void>((resolve) => {
        const end = store.subscribe((state) => {
          if (state.status === 'done') resolve()
        })
        void end
      })
      leave()
      equal(store.getSnapshot().value, completion, 'the state')
      equal((await requests()).length, 1, 'requests')
    },
  },
]
