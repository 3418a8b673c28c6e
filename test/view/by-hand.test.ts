import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  continueWith,
  type EventStreamConfig,
  eventStreamSignals,
  firstOf,
  fromCursor,
  replay,
  restart,
  type ServerSentEvent,
  type Transport,
  type ViewState,
  viewState,
} from '../../src/index.ts'

/** What one response gives: so many events, in pieces of so many bytes, and how it ends. */
interface Answer {
  readonly events: number
  readonly piece: number
  readonly isSync: boolean
  readonly end: 'fin' | 'open' | 'clean' | 'refused'
}

const COUNT = 8
const LETTERS = [...'abcdefgh']
const encoder = new TextEncoder()

/** Letters with their numbers as IDs, or without; after the cursor that is asked for, or after those that a body names. */
function serverOf(answers: readonly Answer[], hasId: (at: number) => boolean) {
  const asked: (string | undefined)[] = []
  let open = 0
  const transport: Transport = {
    name: 'by hand',
    send({ headers, body }, sink) {
      const answer = answers[asked.length] ?? { events: COUNT + 1, piece: 1_000, isSync: false, end: 'clean' }
      const cursor = headers.get('last-event-id')
      asked.push(cursor)
      open++
      let left = false
      const leave = (): void => {
        if (!left) open--
        left = true
      }
      const from =
        cursor !== undefined
          ? Number(cursor)
          : typeof body === 'string' && body !== ''
            ? JSON.parse(body).from
            : 0
      const play = (): void => {
        if (left) return
        sink.onConnected()
        if (left) return
        if (answer.end === 'refused') {
          sink.onHead({ status: 503, header: () => undefined })
          if (!left) sink.onEnd()
          return
        }
        sink.onHead({
          status: 200,
          header: (name) => (name === 'content-type' ? 'text/event-stream' : undefined),
        })
        const all = LETTERS.slice(from).map((letter, index) => {
          const at = from + index + 1
          return `${hasId(at) ? `id: ${at}\n` : ''}data: ${letter}\n\n`
        })
        all.push('data: [DONE]\n\n')
        const bytes = encoder.encode(all.slice(0, answer.events).join(''))
        for (let at = 0; at < bytes.length && !left; at += answer.piece)
          sink.onChunk(bytes.slice(at, at + answer.piece))
        if (left || answer.end === 'open') return
        if (answer.end === 'clean') sink.onEnd()
        else sink.onFailure({ code: 'stream_terminated', reason: 'socket_closed', message: 'cut' })
      }
      if (answer.isSync) play()
      else queueMicrotask(play)
      return { pause() {}, resume() {}, abort: leave, release: leave }
    },
  }
  return { transport, asked, open: () => open }
}

const answers = fc.array(
  fc.record({
    events: fc.integer({ min: 0, max: COUNT }),
    piece: fc.constantFrom(1, 3, 7, 16, 1_000),
    isSync: fc.boolean(),
    end: fc.constantFrom<Answer['end']>('fin', 'open', 'clean', 'refused'),
  }),
  { maxLength: 6 },
)
/** At the so-manieth state: stopped, and continued at once or a little later. */
const stops = fc.array(fc.record({ at: fc.integer({ min: 1, max: 60 }), now: fc.boolean() }), {
  maxLength: 5,
})

const STRATEGIES: Readonly<Record<string, () => EventStreamConfig<ServerSentEvent>['resume']>> = {
  auto: () => 'auto',
  'replay()': () => replay(),
  'continueWith()': () => continueWith(({ values }) => ({ method: 'POST', body: { from: values.length } })),
  'continueWith(), async': () =>
    continueWith(async ({ values }) => ({ method: 'POST', body: { from: values.length } })),
  'firstOf()': () => firstOf(fromCursor(), replay()),
  'restart()': () => restart(),
  'one of my own, async': () => ({
    name: 'own',
    resume: async ({ afterCursor }) => afterCursor && { type: 'continue', request: afterCursor },
  }),
}

async function play(
  strategy: keyof typeof STRATEGIES,
  given: readonly Answer[],
  stopsAt: readonly { at: number; now: boolean }[],
  hasId: (at: number) => boolean,
) {
  const server = serverOf(given, hasId)
  const view = viewState<ServerSentEvent, string>({
    seed: '',
    reduce: (text, { data }) => text + data,
    stalledAfter: 0,
  })
  const signals = eventStreamSignals('http://by.hand/', {
    dialect: undefined,
    transport: server.transport,
    resume: STRATEGIES[strategy]?.(),
    retry: { count: 3, delay: 600_000, jitter: 'none', maxDelay: 600_000 },
  })
  const states: ViewState<string>[] = []
  const goOn = (): void => (states.at(-1)?.canContinue ? view.continue() : view.startAgain())
  const subscription = signals.pipe(view).subscribe((state) => {
    states.push(state)
    if (state.canRetryNow && states.length % 2 === 0) view.retryNow()
    const stop = stopsAt.find(({ at }) => at === states.length)
    if (stop === undefined || !state.canStop) return
    view.stop()
    if (stop.now) goOn()
  })
  const last = (): ViewState<string> => states.at(-1) as ViewState<string>
  for (let turn = 0; turn < 200 && last().status !== 'done'; turn++) {
    const before = states.length
    await new Promise((resolve) => setTimeout(resolve))
    if (states.length > before) continue
    if (last().canRetryNow) view.retryNow()
    else if (last().canStop) view.stop()
    else goOn()
  }
  const at = last()
  subscription.unsubscribe()
  return { states, last: at, server }
}

describe('a stream that is stopped, continued and retried by hand at any moment', () => {
  it.each(Object.keys(STRATEGIES))('shows nothing twice and leaves nothing out, by %s', async (strategy) => {
    await fc.assert(
      fc.asyncProperty(answers, stops, async (given, stopsAt) => {
        const hasId = (): boolean => strategy !== 'replay()' && strategy !== 'restart()'
        const { states, last, server } = await play(strategy, given, stopsAt, hasId)
        expect(last).toMatchObject({ status: 'done', value: LETTERS.join(''), values: COUNT })
        for (const { value, values, lastEventId } of states) {
          expect(LETTERS.join('').startsWith(value)).toBe(true)
          expect(values).toBe(value.length)
          if (lastEventId !== undefined) expect(lastEventId).toBe(String(values))
        }
        expect(server.open()).toBe(0)
      }),
      { numRuns: 20 },
    )
  })

  it('has a cursor only where it is exact, also where few events have an ID', async () => {
    await fc.assert(
      fc.asyncProperty(answers, stops, async (given, stopsAt) => {
        const hasId = (at: number): boolean => at % 3 === 0
        const { states, last } = await play('firstOf()', given, stopsAt, hasId)
        expect(last).toMatchObject({ status: 'done', value: LETTERS.join('') })
        for (const { value, values, lastEventId } of states) {
          expect(LETTERS.join('').startsWith(value)).toBe(true)
          expect(lastEventId).toBe(values > 0 && values % 3 === 0 ? String(values) : undefined)
        }
      }),
      { numRuns: 20 },
    )
  })
})
