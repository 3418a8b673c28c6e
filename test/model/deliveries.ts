import type { Entry } from './log.ts'
import type { Mismatch } from './rules.ts'
import { type DialectName, isChat } from './setup.ts'
import type { Step } from './steps.ts'
import { essenceOf } from './wire.ts'

/**
 * Nothing is lost, doubled or mixed: what was delivered, laid beside what each answer has said, by nothing but the data of
 * its events.
 */
export class Deliveries {
  readonly #isChat: boolean
  readonly #isLater: boolean
  /** Since the last reset. */
  #delivered: string[] = []
  /** Of them, before the request. */
  #before = 0
  /** What the server has said so far in answer to the request. */
  #said: string[] = []
  #resume: string | undefined
  #isReset = false

  /** @param isLater - it does not begin at the beginning: a server may begin with the event that was named */
  constructor(dialect: DialectName, isLater: boolean) {
    this.#isLater = isLater
    this.#isChat = isChat(dialect)
  }

  sent(step: Step): void {
    if (step.do !== 'chunk') return
    for (const { meaning } of step.blocks)
      if (meaning.type === 'value') this.#said.push(essenceOf(meaning.data))
  }

  take(entry: Entry): void {
    switch (entry.type) {
      case 'connecting':
        this.#resume = entry.resume
        break
      case 'request':
        this.#before = this.#delivered.length
        this.#said = []
        this.#isReset = false
        break
      case 'reset':
        if (this.#isReset) throw new Error('two resets of one attempt')
        this.#isReset = true
        this.#delivered = []
        this.#before = 0
        break
      case 'value':
        this.#delivered.push(this.#essence(entry.value))
        this.#check()
        break
      case 'error':
        if (entry.error.mismatch !== undefined) this.#checkMismatch(entry.error.mismatch)
        break
    }
  }

  #essence(value: unknown): string {
    return this.#isChat
      ? JSON.stringify((value as { choices: unknown }).choices)
      : (value as { data: string }).data
  }

  #check(): void {
    const isFine = {
      replay: () => this.#isPrefix() || this.#isLaterPrefix(),
      restart: () => this.#isReset && (this.#isPrefix() || this.#isLaterPrefix()),
      continueWith: () => this.#isAppended(),
      reconnect: () => this.#isAppended(),
      fromCursor: () => this.#isContinued(),
      'firstOf(fromCursor, replay)': () => this.#isPrefix() || this.#isLaterPrefix() || this.#isContinued(),
      own: () => this.#isPrefix() || this.#isLaterPrefix() || this.#isContinued(),
      '': () => this.#before === 0 && (this.#isPrefix() || this.#isLaterPrefix()),
    }[this.#resume ?? '']
    if (isFine?.() !== true) {
      const [delivered, said] = [this.#delivered, this.#said].map((list) => list.join(', '))
      throw new Error(`delivered is [${delivered}], though the last answer says [${said}]`)
    }
  }

  /** All that there is comes from this answer, from its first on. */
  #isPrefix(): boolean {
    return this.#delivered.every((data, index) => data === this.#said[index])
  }

  #isLaterPrefix(): boolean {
    return this.#isLater && this.#delivered.every((data, index) => data === this.#said[index + 1])
  }

  /** All that this answer has given follows what there was. */
  #isAppended(from = 0): boolean {
    return this.#delivered.slice(this.#before).every((data, index) => data === this.#said[from + index])
  }

  /** It begins after what there was: with what comes after the last of it. */
  #isContinued(): boolean {
    const last = this.#delivered[this.#before - 1]
    return this.#said.some(
      (_, from) => (from === 0 || this.#said[from - 1] === last) && this.#isAppended(from),
    )
  }

  #checkMismatch({ index, delivered, received }: Mismatch): void {
    const again = received === undefined ? undefined : this.#essence(received)
    if (this.#essence(delivered) !== this.#delivered[index]) throw new Error('this was not delivered')
    // What stands after the end marker does not count.
    const from = this.#isLater && (again === undefined || again !== this.#said[index]) ? 1 : 0
    if (again !== undefined && again !== this.#said[index + from]) throw new Error('this was not received')
    if (again === this.#delivered[index]) throw new Error('they are the same')
    const isSameBefore = this.#delivered
      .slice(0, index)
      .every((data, at) => data === this.#said[at] || (this.#isLater && data === this.#said[at + 1]))
    if (!isSameBefore) throw new Error('they differ before that')
  }
}
