import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { answerTokens } from '../../page/src/wire/answers.ts'
import { deaths } from '../../page/src/wire/deaths.ts'
import type { DeathKind } from '../../page/src/wire/types.ts'
import { type Desk, startDesks } from './page/desks.ts'
import { FAILURES, type LoopVerdict, type Shown, STRIKES_AT, type Told } from './page/failures.ts'
import { type LivePage, startLivePage } from './page/live-page.ts'
import { plain, type Seen } from './page/seen.ts'

const TOKENS = answerTokens({ length: 'short' })
const WHOLE = plain(TOKENS.join(''))
const BEGINNINGS = TOKENS.map((_, index) => plain(TOKENS.slice(0, index).join('')))
/** An event before the first word, two behind the last. */
const PIECES = TOKENS.length + 3

const FAST = `length=short&at=${STRIKES_AT}&rate=80&thinks=0&patience=2`
const ALONE = `${FAST}&ids=false&retries=0&breaks=all`

let live: LivePage
let desk: Desk

/** What is drawn a little later than the status. */
const eventually = (check: () => Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 5_000, interval: 50 })

beforeAll(async () => {
  live = await startLivePage()
  desk = await startDesks(live)
})
afterAll(async () => {
  await live?.[Symbol.asyncDispose]()
})

/** Sets the switchboard, by the address but for the failure itself, and starts. */
async function run(seen: Seen, hash: string, death: DeathKind, hurry = false): Promise<void> {
  const { label = '' } = deaths.find(({ value }) => value === death) ?? {}
  await seen.page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
  await seen.choose(label)
  await seen.start()
  await seen.ended(hurry)
}

function expectShown(text: string, shown: Shown): void {
  if (shown === 'any') expect(BEGINNINGS.slice(0, STRIKES_AT + 1)).toContain(text)
  else expect(text).toBe(shown === 'all' ? WHOLE : BEGINNINGS[shown])
}

const VERDICTS: Readonly<Record<LoopVerdict, RegExp>> = {
  right: /It came to the end marker/,
  'calls it whole': /It calls this the whole answer\. Nothing has proved that/,
  throws: /It has thrown/,
  hangs: /It waits\. It has no time limit/,
}

/** The other side saw the same bytes, and makes of them what it makes. */
async function expectLoop(
  seen: Seen,
  { loop, loopSays }: Pick<Told, 'loop' | 'loopSays'>,
  shown: Shown,
): Promise<void> {
  await eventually(async () => expect((await seen.side('fetch and a loop')).says).toMatch(loopSays))
  const { text, lost, words } = await seen.side('fetch and a loop')
  expect(words).toMatch(VERDICTS[loop])
  const nothing = shown === 0 || (shown === 'any' && text === 'nothing')
  if (nothing) expect(text).toBe('nothing')
  else expectShown(text, shown)
  // What a silent truncation has swallowed is shown, struck out; whoever throws has claimed nothing.
  const hides = loop === 'calls it whole' || loop === 'hangs'
  const missing = hides ? WHOLE.slice(nothing ? 0 : text.length).trim() : ''
  expect(lost === missing || (lost.endsWith('…') && missing.startsWith(lost.slice(0, -1)))).toBe(true)
  expect(lost === '').toBe(missing === '')
}

async function expectFailure(seen: Seen, told: Told, shown: Shown): Promise<void> {
  const { kind, code, reason, message, means, doThis } = told
  const name = code === kind ? kind : `${kind}/${code}`
  const title = reason === undefined ? name : `${name} (${reason})`
  expect(await seen.status()).toEqual({ word: 'Failed', sentence: title })
  expectShown(await seen.text(), shown)
  await eventually(async () => expect(await seen.facts()).toMatchObject({ kind, code }))
  const facts = await seen.facts()
  expect(facts.reason).toBe(reason)
  expect(facts.message).toMatch(message)
  const ending = await seen.ending()
  expect(ending).toMatch(means)
  expect(ending).toMatch(doThis)
  const own = await seen.side('rx-sse')
  expect(own.says).toBe(title)
  expect(own.words).toBe('True: it says that this is not the whole, and why.')
  expect(await seen.page.title()).toMatch(/^Failed/)
  await expectLoop(seen, told, shown)
}

async function expectWhole(seen: Seen): Promise<void> {
  const status = await seen.status()
  expect(status?.word).toBe('Whole')
  expect(status?.sentence).toMatch(new RegExp(`^the wire has proved its end; ${PIECES} pieces`))
  expect(await seen.text()).toBe(WHOLE)
  await eventually(async () => expect(await seen.ending()).toContain('The wire’s own end marker came after'))
  expect(await seen.side('rx-sse')).toMatchObject({
    says: 'complete',
    words: 'True: the end marker has proved it.',
  })
}

it('knows what is to be shown of each failure that there is', () => {
  expect(Object.keys(FAILURES).sort()).toEqual(deaths.map(({ value }) => value).sort())
})

describe.concurrent('a failure that nothing comes after, as the browser sees it', () => {
  it.each(deaths)('$value: $label', async ({ value }) => {
    await desk.use(async (seen) => {
      const { told, shown } = FAILURES[value]
      await run(seen, ALONE, value)
      if (told !== undefined) return await expectFailure(seen, told, shown)
      await expectWhole(seen)
      await expectLoop(seen, { loop: 'right', loopSays: /^complete$/ }, 'all')
    })
  })
})

describe.concurrent('a failure of the connection, as Node sees it', () => {
  it.each(deaths.filter(({ value }) => FAILURES[value].byNode !== undefined))(
    '$value: $label',
    async ({ value }) => {
      await desk.use(async (seen) => {
        const { told, shown, byNode } = FAILURES[value]
        await run(seen, `${ALONE}&face=node`, value)
        const { shown: byUndici = shown, ...better } = byNode ?? {}
        await expectFailure(seen, { ...(told as Told), ...better }, byUndici)
      })
    },
  )
})

describe.concurrent('a failure of the first request, with events that have IDs', () => {
  const failing = deaths.filter(({ value }) => FAILURES[value].recovers === 'resumes')
  it.each(failing)('$value: it is resumed at the event where it broke', async ({ value }) => {
    await desk.use(async (seen) => {
      const { told, shown, byNode } = FAILURES[value]
      // Chromium may forget all that it has received of a connection that broke: then it is only asked again.
      await run(seen, byNode === undefined ? FAST : `${FAST}&face=node`, value, true)
      await expectWhole(seen)
      expect((await seen.status())?.sentence).toMatch(/, 2 requests$/)
      await eventually(async () => expect(await seen.ending()).toContain('nothing lost, nothing doubled'))
      const seams = seen.answer.getByRole('img', { name: /^Attempt 2 went on here/ })
      // Behind the last word there is nothing to go on with.
      expect(await seams.count()).toBe(shown === 'all' ? 0 : 1)
      const [first, second, ...more] = await seen.attempts()
      expect(first).toContain(byNode?.reason ?? told?.reason ?? told?.code)
      expect(first).toContain('then a wait of 1.5 s')
      expect(second).toMatch(/Attempt 2 asks for what follows the cursor · 200 · .* · whole$/)
      expect(more).toEqual([])
      await expectLoop(seen, { ...(told as Told), ...byNode }, byNode?.shown ?? shown)
    })
  })

  const lost = failing.filter(({ value }) => FAILURES[value].byNode !== undefined)
  it.each(lost)('$value: a browser that has forgotten some of it makes it whole too', async ({ value }) => {
    await desk.use(async (seen) => {
      await run(seen, FAST, value, true)
      await expectWhole(seen)
      expect((await seen.status())?.sentence).toMatch(/, 2 requests$/)
    })
  })

  const refused = deaths.filter(({ value }) => FAILURES[value].recovers === 'asks again')
  it.each(refused)('$value: it is asked again', async ({ value }) => {
    await desk.use(async (seen) => {
      // Chromium itself sends a request again that a reset has met on a connection used before: Node does not.
      await run(seen, `${FAST}&face=node`, value, true)
      await expectWhole(seen)
      const attempts = await seen.attempts()
      expect(attempts).toHaveLength(2)
      expect(attempts[1]).toMatch(/ · whole$/)
    })
  })

  it('refused-connection: it is asked four times, and told', async () => {
    await desk.use(async (seen) => {
      await run(seen, FAST, 'refused-connection', true)
      await expectFailure(seen, FAILURES['refused-connection'].told as Told, 0)
      expect(await seen.attempts()).toHaveLength(4)
    })
  })

  it('not-event-stream: to ask again would not help', async () => {
    await desk.use(async (seen) => {
      await run(seen, FAST, 'not-event-stream', true)
      await expectFailure(seen, FAILURES['not-event-stream'].told as Told, 0)
      expect(await seen.attempts()).toHaveLength(1)
    })
  })
})

describe.concurrent('an error in the stream', () => {
  const WIRES = [
    ['anthropic-messages', /^deaf$/, /read past the error/],
    ['openai-responses', /^deaf$/, /read past the error/],
    ['raw', /^deaf$/, /read past the error/],
  ] as const
  it.each(WIRES)('on the wire %s is told, and read past by the loop', async (dialect, says, words) => {
    await desk.use(async (seen) => {
      await run(seen, `${ALONE}&dialect=${dialect}`, 'in-band-error')
      expect(await seen.status()).toEqual({ word: 'Failed', sentence: 'stream_error/model_overloaded' })
      expectShown(await seen.text(), STRIKES_AT)
      await eventually(async () => {
        const side = await seen.side('fetch and a loop')
        expect(side.says).toMatch(says)
        expect(side.words).toMatch(words)
      })
    })
  })
})

describe.concurrent('what the gateway does then', () => {
  const BROKEN = `${FAST}&ids=false`

  it('replay passes over what stands there, and the words of the timeline say so', async () => {
    await desk.use(async (seen) => {
      await run(seen, `${BROKEN}&strategy=replay`, 'clean-end', true)
      await expectWhole(seen)
      await eventually(async () => expect(await seen.ending()).toContain('nothing lost, nothing doubled'))
    })
  })

  it('replay of another answer is told as a mismatch, and what stands there stays', async () => {
    await desk.use(async (seen) => {
      await run(seen, `${BROKEN}&strategy=replay&afterwards=other`, 'clean-end', true)
      expect((await seen.status())?.sentence).toContain('replay_mismatch')
      expectShown(await seen.text(), STRIKES_AT)
      await eventually(async () =>
        expect(await seen.ending()).toContain('Sent again, the answer was not the same'),
      )
    })
  })

  it('the model is asked for the rest', async () => {
    await desk.use(async (seen) => {
      await run(seen, `${BROKEN}&strategy=continueWith`, 'clean-end', true)
      expect((await seen.status())?.word).toBe('Whole')
      expect(await seen.text()).toBe(WHOLE)
    })
  })

  it('the model is asked for the rest of what the browser really has', async () => {
    await desk.use(async (seen) => {
      await run(seen, `${BROKEN}&strategy=continueWith&breaks=3`, 'fin', true)
      expect((await seen.status())?.word).toBe('Whole')
      expect(await seen.text()).toBe(WHOLE)
    })
  })

  it('started over, the other answer stands alone', async () => {
    await desk.use(async (seen) => {
      await run(seen, `${BROKEN}&strategy=restart&afterwards=other`, 'clean-end', true)
      expect((await seen.status())?.word).toBe('Whole')
      expect(await seen.text()).toMatch(/^Telegraph cables were first laid across rivers and harbours\./)
    })
  })

  it('a server that ignores the cursor is no matter where the IDs show it', async () => {
    await desk.use(async (seen) => {
      await run(seen, `${FAST}&afterwards=whole`, 'clean-end', true)
      await expectWhole(seen)
    })
  })

  it('a server that goes on elsewhere than asked is told as a mismatch', async () => {
    await desk.use(async (seen) => {
      await run(seen, `${FAST}&afterwards=other`, 'clean-end', true)
      expect((await seen.status())?.sentence).toContain('resume_mismatch')
      expectShown(await seen.text(), STRIKES_AT)
    })
  })
})
