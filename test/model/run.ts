import { isDeepStrictEqual } from 'node:util'
import { Invariants } from './invariants.ts'
import { type Entry, type Notice, type Outcome, type Reaction, showEntry, type Wakeup } from './log.ts'
import { Model } from './model.ts'
import { LATE } from './possible.ts'
import { Rig } from './rig.ts'
import { isFeed, type Setup } from './setup.ts'
import { fillIn, type Step, type StepSpec } from './steps.ts'
import { checkNothingOverdue, timerFired, timersOf } from './timetable.ts'

/** More timers in one go than any of these sessions has. */
const ENDLESS = 2_000

/** Of the whole process: each run looks after each call. */
export const unheardRejections: unknown[] = []

/** A session and its model, side by side: what one does the other must do, after each step. */
export class Run {
  readonly model: Model
  readonly rig: Rig
  readonly #invariants: Invariants
  readonly #history: (Entry | string)[] = []
  #seen = 0

  constructor(setup: Setup) {
    this.rig = new Rig(setup)
    const { clock } = this.rig
    this.model = new Model(setup, clock.now(), clock.wall() - clock.now())
    this.#invariants = new Invariants(setup)
  }

  async start(): Promise<void> {
    await this.#both('subscribe', () => {
      this.rig.session.start()
      this.model.start()
    })
  }

  async stop(): Promise<void> {
    await this.#both('unsubscribe', () => {
      this.rig.stop()
      this.model.stop()
    })
  }

  async abort(): Promise<void> {
    await this.#both("abort the caller's signal", () => {
      this.rig.abort()
      this.model.abort()
    })
  }

  async pause(): Promise<void> {
    await this.#both('pause', () => {
      this.rig.session.pause()
      this.model.pause()
    })
  }

  async resume(): Promise<void> {
    await this.#both('resume', () => {
      this.rig.session.resume()
      this.model.resume()
    })
  }

  /** At the next call of that kind. */
  react(reaction: Reaction): void {
    this.rig.reaction = reaction
    this.model.reaction = reaction
  }

  /** What the transport does within the next `send`. */
  prepare(specs: readonly StepSpec[]): void {
    const writer = this.model.writer()
    const steps = specs.map((spec) => fillIn(spec, writer, undefined))
    this.rig.atSend = steps
    this.model.atSend = steps
    this.#invariants.prepared = steps
  }

  /** What the notifier says as soon as it is subscribed to. */
  prepareNotice(notice: Notice): void {
    this.rig.notifier.atOnce = notice
    this.model.atNotification = notice
  }

  get isFeed(): boolean {
    return isFeed(this.rig.setup.dialect)
  }

  /** It waits for a notifier to speak. */
  get isNotified(): boolean {
    return this.model.phase === 'waiting' && this.model.wait?.hasSpoken === false
  }

  /** The last notifier says this. */
  async notify(notice: Notice): Promise<void> {
    const notification = this.rig.notifier.notifications.at(-1)
    if (notification === undefined) return
    await this.#both(`the notifier: ${notice}`, () => {
      notification.say(notice)
      this.model.notice(notice)
    })
  }

  /** A notifier says this that nobody should listen to any more. */
  async notifyLate(which: number, notice: Notice): Promise<void> {
    const { notifications } = this.rig.notifier
    const old = notifications.filter(({ isStopped }) => isStopped)
    await this.#unheard(`late ${notice} of a notifier`, () =>
      old[which % Math.max(1, old.length)]?.say(notice),
    )
  }

  async wake(wakeup: Wakeup): Promise<void> {
    await this.#both(wakeup, () => {
      this.rig.wakeups.wake(wakeup)
      this.model.wake(wakeup)
      this.#invariants.hasWoken = true
    })
  }

  /** The oldest promise that is still open. */
  async settle(whose: 'headers' | 'strategy', outcome: Outcome): Promise<void> {
    if (!this.rig.promises[whose].some(({ isPending }) => isPending)) return
    await this.#both(`the promise of the ${whose}: ${outcome}`, () => {
      this.rig.settle(whose, outcome)
      this.model.promises.settle(whose, outcome)
    })
  }

  /** The transport of the last request does this. */
  async play(spec: StepSpec): Promise<void> {
    const { exchange } = this.rig
    if (exchange === undefined) return
    const step = fillIn(spec, this.model.writer(), this.model.attempt?.half)
    const shown = 'bytes' in step ? JSON.stringify(Buffer.from(step.bytes).toString('utf8')) : ''
    if (this.model.attempt !== undefined) this.#invariants.sent(step)
    await this.#both(`${spec.do} ${shown || JSON.stringify(spec)}`, () => {
      this.rig.play(exchange, step)
      this.model.play(step)
    })
  }

  /** The transport of a request that is over does this, though it must not. */
  async playLate(which: number, name: string): Promise<void> {
    const { exchanges } = this.rig.transport
    const old = exchanges.filter(({ left }) => left !== undefined)
    const exchange = old[which % Math.max(1, old.length)]
    if (exchange === undefined) return
    await this.#unheard(`late ${name} of request ${exchanges.indexOf(exchange) + 1}`, () =>
      this.rig.play(exchange, LATE[name] as Step),
    )
  }

  /** Nothing may come of it. */
  async #unheard(what: string, act: () => void): Promise<void> {
    const { clock } = this.rig
    const before = [clock.pending, clock.nextAt]
    await this.#both(what, act)
    if (!isDeepStrictEqual([clock.pending, clock.nextAt], before)) this.#fail('a late call moves timers')
  }

  async pass(ms: number): Promise<void> {
    await this.#passTo(this.rig.clock.now() + ms)
  }

  /** To the next timer, if there is one. */
  async passToTimer(): Promise<void> {
    await this.#passTo(this.rig.clock.nextAt ?? this.rig.clock.now())
  }

  /** Lets all time pass, then breaks each attempt until the session gives up: it must come to an end. */
  async finish(): Promise<void> {
    await this.#passAll()
    if (this.model.paused) {
      await this.resume()
      await this.#passAll()
    }
    const { count } = this.rig.setup.retry
    for (let failures = 0; this.model.phase !== 'ended'; failures++) {
      if (failures > 4 * (count + 2)) this.#fail('no failure ends it')
      const isBefore = this.model.attempt?.head === undefined
      await this.play({ do: 'failure', breakage: isBefore ? 'connection_failed' : 'socket_reset' })
      if (this.isNotified) await this.notify('next')
      await this.settle('strategy', 'resolve')
      await this.settle('headers', 'resolve')
      await this.#passAll()
    }
    await this.stop()
    await this.settle('strategy', 'reject')
    await this.settle('headers', 'reject')
  }

  async #passAll(): Promise<void> {
    for (let steps = 0; this.rig.clock.nextAt !== undefined; steps++) {
      if (steps > ENDLESS) this.#fail('time does not bring it to an end')
      await this.passToTimer()
    }
  }

  async #passTo(time: number): Promise<void> {
    const { clock, log } = this.rig
    for (let steps = 0; clock.nextAt !== undefined && clock.nextAt <= time; steps++) {
      if (steps > ENDLESS) this.#fail('time does not go on')
      await this.#both('timer', () => {
        const before = log.length
        clock.step()
        this.model.now = clock.now()
        timerFired(this.model, log.slice(before))
      })
    }
    await this.#both('time passes', () => {
      clock.moveTo(time)
      this.model.now = time
      checkNothingOverdue(this.model)
    })
  }

  async #both(what: string, act: () => void): Promise<void> {
    this.#history.push(`${this.rig.clock.now()} ms  > ${what}`)
    try {
      act()
      if (this.rig.hasPromises) await this.#settled()
      this.model.flush()
    } catch (error) {
      this.#note()
      this.#fail(error instanceof Error ? error.message : String(error), error)
    }
    this.#compare()
  }

  /** All reactions to promises have run. */
  async #settled(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    const [unheard] = unheardRejections.splice(0)
    if (unheard !== undefined) throw new Error('a rejection that nobody hears')
  }

  #compare(): void {
    const { model, rig } = this
    const from = this.#seen
    const actual = rig.log.slice(from)
    this.#note()
    const expected = model.expected.slice(from)
    if (!isDeepStrictEqual(actual, expected)) {
      const lines = expected.map(showEntry)
      this.#fail(`the model expects\n  ${lines.length === 0 ? 'nothing' : lines.join('\n  ')}`)
    }
    try {
      for (const entry of actual) this.#invariants.take(entry)
      this.#checkState()
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error), error)
    }
  }

  /** What can be seen of the session between its calls. */
  #checkState(): void {
    const { model, rig } = this
    const { pending } = rig.clock
    const { least, most } = timersOf(model)
    if (pending < least || pending > most) throw new Error(`${pending} timers, not ${least} to ${most}`)
    const { held, exchanges } = rig.transport
    const isAttempting = model.attempt !== undefined
    if (held.length !== (isAttempting ? 1 : 0)) throw new Error(`${held.length} exchanges in hand`)
    if (exchanges.some(({ leaves }) => leaves > 1)) throw new Error('an exchange is left twice')
    if (!isAttempting && model.mustBeAborted && rig.exchange?.left === 'released')
      throw new Error('the exchange was released, not aborted')
    const isPaused = model.attempt?.deadlines.isPaused === true
    if (isAttempting && rig.exchange?.paused !== isPaused)
      throw new Error(`the exchange is ${isPaused ? 'not ' : ''}paused`)
    const { notifier, wakeups } = rig
    if (notifier.left > (model.phase === 'waiting' ? 1 : 0))
      throw new Error(`${notifier.left} notifiers left`)
    if (wakeups.listeners > (model.phase === 'ended' ? 0 : 1))
      throw new Error(`${wakeups.listeners} listeners for wake-ups`)
    const listens = model.setup.signal !== 'none' && model.phase !== 'ended'
    if (rig.listeners !== (listens ? 1 : 0)) throw new Error(`${rig.listeners} listeners on the signal`)
  }

  #note(): void {
    for (const entry of this.rig.log.slice(this.#seen)) this.#history.push(entry)
    this.#seen = this.rig.log.length
  }

  #fail(what: string, cause?: unknown): never {
    const lines = this.#history.map((line) => (typeof line === 'string' ? line : `    ${showEntry(line)}`))
    throw new Error(`${what}\nWhat has happened:\n${lines.join('\n')}`, { cause })
  }
}
