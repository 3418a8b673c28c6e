import fc from 'fast-check'
import { mayThrow, NOTICES, type Notice, type Outcome, type Reaction, type Wakeup } from './log.ts'
import type { Model } from './model.ts'
import { isPossible, LATE } from './possible.ts'
import type { Run } from './run.ts'
import {
  answersOf,
  breakagesOf,
  chunksOf,
  cleanEnd,
  connected,
  errorBodiesOf,
  type Manners,
  nothing,
  refusalsOf,
  stream,
  weighted,
} from './server.ts'
import { type StepSpec, showStep } from './steps.ts'

interface Action {
  readonly name: string
  readonly run: (run: Run) => Promise<void> | void
}

type SessionCommand = fc.AsyncCommand<Model, Run>

const always = ({ name, run }: Action): SessionCommand => ({
  check: () => true,
  run: async (_, real) => run(real),
  toString: () => name,
})

/** One thing after the other, what is not possible by then left out. */
const play = (...specs: readonly StepSpec[]): Action => ({
  name: specs.map(showStep).join(', '),
  run: async (run) => {
    for (const spec of specs) if (isPossible(run.model, spec)) await run.play(spec)
  },
})

const toTimer: Action = { name: 'to the next timer', run: (run) => run.passToTimer() }

const spans = fc
  .oneof(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 100 }), fc.integer({ min: 1, max: 6_000 }))
  .map((ms): Action => ({ name: `${ms} ms pass`, run: (run) => run.pass(ms) }))

const outcomesOf = (manners: Manners): fc.Arbitrary<Outcome> =>
  weighted<Outcome>([
    [12, fc.constant('resolve')],
    [manners === 'fair' ? 0 : 2, fc.constantFrom('reject', 'bad')],
  ])

const settlements = (manners: Manners, whose: 'headers' | 'strategy'): fc.Arbitrary<Action> =>
  outcomesOf(manners).map((outcome) => ({
    name: `promise of the ${whose}: ${outcome}`,
    run: (run) => run.settle(whose, outcome),
  }))

const noticesOf = (manners: Manners): fc.Arbitrary<Notice> =>
  weighted<Notice>([
    [16, fc.constant('next')],
    [manners === 'fair' ? 0 : 2, fc.constantFrom(...NOTICES)],
  ])

const notice = (it: Notice): Action => ({ name: `notifier: ${it}`, run: (run) => run.notify(it) })

const wakeups = fc
  .constantFrom<Wakeup>('slept', 'online', 'visible')
  .map((it): Action => ({ name: it, run: (run) => run.wake(it) }))

const ends = fc.constantFrom<Action>(
  { name: 'unsubscribe', run: (run) => run.stop() },
  { name: 'abort', run: (run) => run.abort() },
)

/** The machine goes to sleep and wakes up, and may or may not find its feed alive. */
const nights = fc
  .array(
    fc.oneof(
      fc.constantFrom<Wakeup>('slept', 'online').map((it) => ({ name: it, run: (run: Run) => run.wake(it) })),
      fc
        .constantFrom(3_000, 7_000, 9_999, 10_000)
        .map((ms) => ({ name: `${ms} ms pass`, run: (run: Run) => run.pass(ms) })),
      fc.constantFrom<Action>(
        { name: 'pause', run: (run) => run.pause() },
        { name: 'resume', run: (run) => run.resume() },
        play(stream),
      ),
    ),
    { minLength: 2, maxLength: 6 },
  )
  .map((parts): Action => {
    const night: Action = {
      name: ['slept', ...parts.map(({ name }) => name)].join(', '),
      run: async (run) => {
        await run.wake('slept')
        for (const part of parts) await part.run(run)
      },
    }
    return { name: `on a feed: ${night.name}`, run: (run) => (run.isFeed ? night.run(run) : undefined) }
  })

/** What may happen, by how the session stands. */
interface Situations {
  readonly preparing: Action
  readonly waiting: Action
  /** The request is sent. */
  readonly sent: Action
  readonly open: Action
  /** A part of a block has come. */
  readonly half: Action
  readonly refused: Action
}

function situationOf({ phase, attempt }: Readonly<Model>): keyof Situations | undefined {
  if (phase === 'ended') return undefined
  if (attempt === undefined) return phase === 'waiting' ? 'waiting' : 'preparing'
  if (attempt.errorBody !== undefined) return 'refused'
  return attempt.head === undefined ? 'sent' : attempt.half === undefined ? 'open' : 'half'
}

const situationsOf = (manners: Manners): fc.Arbitrary<Situations> => {
  const isFair = manners === 'fair'
  const endings = weighted([
    [1, fc.constant(play(cleanEnd))],
    [1, breakagesOf('after the head').map((it) => play(it))],
  ])
  return fc.record<Situations>({
    preparing: weighted([
      [10, settlements(manners, 'headers')],
      [10, settlements(manners, 'strategy')],
      [isFair ? 0 : 1, fc.constant(toTimer)],
      [1, spans],
    ]),
    waiting: weighted([
      [
        20,
        noticesOf(manners).map((it) => ({
          name: `notifier: ${it}, or to the end of the wait`,
          run: (run) => (run.isNotified ? run.notify(it) : run.passToTimer()),
        })),
      ],
      [2, settlements(manners, 'strategy')],
      [1, fc.constantFrom(...NOTICES).map(notice)],
      [isFair ? 0 : 2, ends],
      [2, wakeups],
      [2, spans],
    ]),
    sent: weighted([
      [40, answersOf(manners).map((specs) => play(...specs))],
      [1, fc.constantFrom(play(connected), play({ do: 'connecting' }), play({ do: 'received' }))],
      [1, refusalsOf(manners).map((it) => play(it))],
      [1, breakagesOf('before the head').map((it) => play(it))],
      [isFair ? 0 : 1, fc.constantFrom(play(nothing), play({ do: 'failure', breakage: 'tls_failed' }))],
      [1, fc.oneof(spans, fc.constant(toTimer), wakeups)],
      [2, nights],
    ]),
    open: weighted([
      [12, chunksOf(manners).map((it) => play(it))],
      [1, fc.constant(play({ do: 'received' }))],
      [3, endings],
      [2, fc.oneof(spans, fc.constant(toTimer))],
      [1, wakeups],
      [2, nights],
    ]),
    half: weighted([
      [6, fc.constant(play({ do: 'rest' }))],
      [3, endings],
      [1, fc.oneof(spans, fc.constant(toTimer))],
    ]),
    refused: weighted([
      [2, errorBodiesOf(manners).map((it) => play(it))],
      [2, endings],
      [1, fc.oneof(spans, fc.constant(toTimer))],
    ]),
  })
}

/** What fits how the session stands; told by what it came to. */
class Situational implements SessionCommand {
  readonly #situations: Situations
  #done = 'nothing'

  constructor(situations: Situations) {
    this.#situations = situations
  }

  check(model: Readonly<Model>): boolean {
    return situationOf(model) !== undefined
  }

  async run(model: Model, run: Run): Promise<void> {
    const situation = situationOf(model)
    if (situation === undefined) return
    const action = this.#situations[situation]
    this.#done = action.name
    await action.run(run)
  }

  toString(): string {
    return this.#done
  }
}

const reactions: fc.Arbitrary<Reaction> = fc
  .record<Reaction>({
    on: fc.constantFrom(
      ...['value' as const, 'value' as const, 'connecting' as const, 'open' as const, 'waiting' as const],
      ...['headers' as const, 'request' as const, 'cursor' as const, 'reset' as const],
      ...['asked' as const, 'notified' as const],
    ),
    do: fc.constantFrom('pause', 'pause', 'pause', 'pause', 'stop', 'abort', 'throw'),
  })
  .filter((reaction) => reaction.do !== 'throw' || mayThrow(reaction))

const lateCalls: fc.Arbitrary<Action> = fc.oneof(
  fc.tuple(fc.nat(5), fc.constantFrom(...Object.keys(LATE))).map(
    ([which, name]): Action => ({
      name: `late ${name} (${which})`,
      run: (run) => run.playLate(which, name),
    }),
  ),
  fc.tuple(fc.nat(5), fc.constantFrom(...NOTICES)).map(
    ([which, it]): Action => ({
      name: `late ${it} of a notifier (${which})`,
      run: (run) => run.notifyLate(which, it),
    }),
  ),
)

const generalOf = (manners: Manners): fc.Arbitrary<Action> =>
  weighted<Action>([
    [3, fc.constant({ name: 'pause', run: (run) => run.pause() })],
    [5, fc.constant({ name: 'resume', run: (run) => run.resume() })],
    [1, reactions.map((it) => ({ name: `at the next ${it.on}: ${it.do}`, run: (run) => run.react(it) }))],
    [
      3,
      answersOf(manners).map((specs) => ({
        name: `at the next request, at once: ${specs.map(showStep).join(', ')}`,
        run: (run) => run.prepare(specs),
      })),
    ],
    [
      1,
      noticesOf(manners).map((it) => ({
        name: `the next notifier, at once: ${it}`,
        run: (run) => run.prepareNotice(it),
      })),
    ],
    [3, lateCalls],
  ])

export const commandsOf = (manners: Manners): fc.Arbitrary<Iterable<SessionCommand>> =>
  fc.commands(
    [
      weighted([
        [240, situationsOf(manners).map((it) => new Situational(it))],
        [60, generalOf(manners).map(always)],
        [1, ends.map(always)],
      ]),
    ],
    { maxCommands: 60, size: 'max' },
  )
