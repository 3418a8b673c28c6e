import { describe, expect, it } from 'vitest'
import { answerText } from '../../page/src/wire/answers.ts'
import { isPageProblem } from '../../page/src/wire/page-problem.ts'
import { openRun } from '../../page/src/wire/run.ts'
import { defaultSettings } from '../../page/src/wire/switchboard.ts'
import type {
  DeathKind,
  Order,
  OwnForm,
  Resumption,
  RunSnapshot,
  Settings,
} from '../../page/src/wire/types.ts'
import { isSseError } from '../../src/index.ts'
import { scenarios } from '../../src/testing/index.ts'
import { faultServer } from '../cli/command.ts'
import { type PageUnderTest, page } from '../cli/page-of.ts'

interface Seen {
  readonly text: string
  /** `complete`, or the error's kind or reason. */
  readonly ended: string
  readonly snapshot: RunSnapshot
  readonly url: string
}

/** Runs an order to its end, without waiting between attempts. */
async function play(server: PageUnderTest, order: Order, from?: Resumption): Promise<Seen> {
  const run = await openRun(order, server.surroundings, from)
  let text = ''
  const ended = await new Promise<string>((resolve, reject) => {
    run.signals$.subscribe({
      next(signal) {
        if (signal.type === 'value') text += run.textOf(signal.value)
        else if (signal.type === 'reset') text = ''
        else if (signal.type === 'waiting') setTimeout(signal.retryNow)
      },
      complete: () => resolve('complete'),
      error: (error: unknown) =>
        isSseError(error)
          ? resolve(error.kind === 'stream_terminated' ? error.reason : error.code)
          : reject(error as Error),
    })
  })
  return { text, ended, snapshot: run.record.snapshot(), url: run.url }
}

const board = (change: Partial<Settings>): Extract<Order, { type: 'switchboard' }> => ({
  type: 'switchboard',
  prompt: 'Tell me of the cable.',
  settings: { ...defaultSettings, rate: 'all', thinks: '0', ...change },
})

const WHOLE = answerText(defaultSettings)

/** What becomes of each failure without IDs and without retries, and what a plain loop says of it. */
const ENDINGS: Readonly<
  Record<Exclude<DeathKind, 'stall' | 'comments'>, readonly [ended: RegExp, loop: string]>
> = {
  whole: [/^complete$/, 'complete'],
  'refused-connection': [/^connection_failed$/, 'exception'],
  'reset-before-head': [/^connection_failed$/, 'exception'],
  'refused-status': [/^model_overloaded$/, 'exception'],
  'not-event-stream': [/^not_event_stream$/, 'complete'],
  'clean-end': [/^clean_end$/, 'complete'],
  'no-marker': [/^clean_end$/, 'complete'],
  fin: [/^socket_closed$/, 'exception'],
  rst: [/^socket_reset$/, 'exception'],
  'cut-in-event': [/^cut_event$/, 'complete'],
  'cut-in-character': [/^cut_character$/, 'complete'],
  'short-length': [/^(?:socket_closed|content_length)$/, 'exception'],
  'bad-chunk': [/^bad_framing$/, 'exception'],
  'error-page': [/^clean_end$/, 'complete'],
  'in-band-error': [/^model_overloaded$/, 'exception'],
}

describe('a run of the switchboard', () => {
  it.each(Object.entries(ENDINGS))(
    'ends as it should, and shows the loop beside it: %s',
    async (death, [ended, loop]) => {
      const server = await page()
      const settings = { death: death as DeathKind, ids: false, retries: '0', face: 'node' } as const
      const seen = await play(server, board(settings))
      expect(seen.ended).toMatch(ended)
      expect(WHOLE.startsWith(seen.text)).toBe(true)
      expect(seen.snapshot.loop).toMatchObject({
        status: loop,
        honest: loop === 'exception' || death === 'whole',
      })
      expect(seen.snapshot.timeline.ending?.type).toBe(death === 'whole' ? 'complete' : 'error')
    },
  )

  it.each(
    Object.keys(ENDINGS).filter((death) => !['refused-connection', 'not-event-stream'].includes(death)),
  )('is resumed to the very same text: %s', async (death) => {
    const server = await page()
    const seen = await play(server, board({ death: death as DeathKind, breaks: '2' }))
    expect([seen.ended, seen.text]).toEqual(['complete', WHOLE])
  })

  it('is the same text in crumbs', async () => {
    const server = await page()
    const seen = await play(
      server,
      board({ death: 'cut-in-event', network: 'crumbs', length: 'short', at: 5 }),
    )
    expect([seen.ended, seen.text]).toEqual(['complete', answerText({ length: 'short' })])
  })

  it.each([
    ['openai-chat', 'replay'],
    ['openai-chat', 'continueWith'],
    ['openai-chat', 'restart'],
    ['anthropic-messages', 'auto'],
    ['anthropic-messages', 'continueWith'],
    ['openai-responses', 'replay'],
    ['openai-responses', 'continueWith'],
    ['raw', 'auto'],
    ['raw', 'continueWith'],
  ] as const)('goes on over %s by %s', async (dialect, strategy) => {
    const server = await page()
    const seen = await play(server, board({ death: 'fin', dialect, strategy }))
    expect([seen.ended, seen.text]).toEqual(['complete', WHOLE])
    const [first, second] = seen.snapshot.timeline.attempts
    expect(first?.error?.row?.code).toBe('stream_terminated')
    expect(first?.wait?.endedAt).toBeGreaterThanOrEqual(first?.wait?.from ?? Number.NaN)
    expect(second?.resumes?.words).not.toBe('')
    const passed = second?.beats.reduce((sum, beat) => sum + beat.passed, 0)
    // The end marker is no value either.
    const repeated = strategy === 'replay' ? (first?.values ?? 0) : 0
    expect(passed).toBeGreaterThanOrEqual(repeated)
    expect(passed).toBeLessThanOrEqual(repeated + 1)
  })

  it('tells a server that goes on with something else', async () => {
    const server = await page()
    const seen = await play(server, board({ death: 'fin', afterwards: 'other' }))
    expect(seen.ended).toBe('resume_mismatch')
    expect(WHOLE.startsWith(seen.text)).toBe(true)
  })

  it('goes on from a cursor after a reload', async () => {
    const server = await page()
    const order = board({ death: 'fin', retries: '0' })
    const before = await play(server, order)
    const { lastEventId } = before.snapshot.timeline
    const after = await play(server, order, { url: before.url, lastEventId: lastEventId ?? '' })
    expect([after.ended, before.text + after.text]).toEqual(['complete', WHOLE])
  })

  it('records what is stopped and continued by hand', async () => {
    const server = await page()
    const run = await openRun(board({ death: 'stall', face: 'node' }), server.surroundings)
    let text = ''
    await new Promise<void>((done, fail) => {
      const subscription = run.signals$.subscribe((signal) => {
        if (signal.type === 'connecting') {
          queueMicrotask(() => {
            // After the values before the stall.
            setTimeout(() => {
              subscription.unsubscribe()
              expect(run.record.snapshot().timeline.ending?.type).toBe('stopped')
              expect(run.record.snapshot().loop.status).toBe('stopped')
              signal.continuation.subscribe({
                next: (more) => {
                  if (more.type === 'value') text += run.textOf(more.value)
                },
                complete: done,
                error: fail,
              })
            }, 150)
          })
        } else if (signal.type === 'value') text += run.textOf(signal.value)
      })
    })
    expect(text).toBe(WHOLE)
    const { timeline } = run.record.snapshot()
    expect(timeline.attempts.map(({ number }) => number)).toEqual([1, 2])
    expect(timeline).toMatchObject({ ending: { type: 'complete' }, resumed: 1 })
  })

  it('says in plain words that the local server is gone, or was started anew', async () => {
    const server = await page()
    const stale = await openRun(board({}), { ...server.surroundings, token: 'old' }).catch(
      (error: unknown) => error,
    )
    expect(isPageProblem(stale) && stale.what).toContain('another run')
    await server.close()
    const gone = await openRun(board({}), server.surroundings).catch((error: unknown) => error)
    expect(isPageProblem(gone) && gone.doThis).toContain('rx-sse page')
  })
})

describe('a run of one’s own', () => {
  const form = (url: string, change: Partial<OwnForm> = {}): Order => ({
    type: 'own',
    form: {
      url,
      method: 'POST',
      headers: 'authorization: Bearer secret-key',
      body: '{"model":"m","stream":true}',
      dialect: 'openai-chat',
      face: 'node',
      strategy: 'auto',
      retries: '0',
      ...change,
    },
  })

  it('is sent as it was typed, and nothing secret is recorded', async () => {
    const [server, gateway] = [await page(), await faultServer(scenarios.whole)]
    const run = await openRun(form(gateway.url), server.surroundings)
    expect(gateway.requests).toHaveLength(0)
    await new Promise((done) => run.signals$.subscribe({ complete: () => done(undefined) }))
    expect(gateway.requests[0]).toMatchObject({
      body: '{"model":"m","stream":true}',
      headers: { authorization: 'Bearer secret-key' },
    })
    const { timeline, log } = run.record.snapshot()
    const files = await run.record.fixtures('x')
    expect(JSON.stringify([timeline, log.slice(0, log.end), files])).not.toContain('secret-key')
    expect(JSON.parse(files[0]?.json ?? '')).toMatchObject({
      source: 'recorded: 127.0.0.1',
      outcome: 'complete',
    })
  })

  it('tells a form that is wrong before anything is sent', async () => {
    const server = await page()
    const problem = await openRun(form('nothing'), server.surroundings).catch((error: unknown) => error)
    expect(problem).toMatchObject({ name: 'PageProblem', field: 'url' })
  })

  it.each(['unknown-model', 'html-page', 'reset-before-head'] as const)(
    'has advice for what goes wrong: %s',
    async (name) => {
      const [server, gateway] = [await page(), await faultServer(scenarios[name])]
      const { snapshot } = await play(server, form(gateway.url))
      const { ending } = snapshot.timeline
      expect(ending?.type === 'error' && ending.error.advice.doThis).toMatch(/\.$/)
    },
  )
})
