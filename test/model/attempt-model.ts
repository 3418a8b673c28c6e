import { ContinuedLeg } from './continued-leg.ts'
import { DeadlineModel, type DeadlineName } from './deadline-model.ts'
import { isOther, type Leg, type LegHost, type LegType, type Value } from './leg.ts'
import { legOf } from './legs.ts'
import {
  ERROR_BODY_MS,
  type ModelFailure,
  reportedInBand,
  requestFailed,
  responseFailed,
  terminated,
  unusable,
} from './rules.ts'
import { isChat, isFeed, type Setup } from './setup.ts'
import type { Memory, Stand } from './stand.ts'
import { BROKEN, type HeadSpec, type Step } from './steps.ts'
import {
  type Block,
  type Half,
  isAllButEnded,
  isCutInCharacter,
  type ReportedCode,
  type Sent,
} from './wire.ts'

export type Phase = 'preparing' | 'attempting' | 'waiting' | 'ended'

/** Two ends that are not like any other failure. */
export type EndKind = 'feed is over' | 'clean end' | 'broken'

/** Whom an attempt tells. Any of these may be its end. */
export interface AttemptHost {
  readonly setup: Setup
  readonly stand: Stand
  readonly now: number
  readonly phase: Phase
  opened(head: HeadSpec): void
  value(value: unknown): void
  /** What was delivered is void. */
  reset(): void
  movedCursor(): void
  complete(): void
  failed(failure: ModelFailure, kind: EndKind): void
}

/** One request and what comes of it. */
export class AttemptModel {
  readonly #host: AttemptHost
  readonly #isFeed: boolean
  readonly #isChat: boolean
  readonly #leg: Leg
  readonly #memory: Memory
  readonly #isReplay: boolean
  #over = false
  readonly deadlines: DeadlineModel
  /** A block of which only a part has come. */
  half: Half | undefined
  head: HeadSpec | undefined
  errorBody: { readonly dueAt: number; envelope: ReportedCode | undefined } | undefined
  /** How often it has shown that it is alive. */
  heard = 0
  /** When something last happened to it: a deadline may be set anew then, and come a little late. */
  touchedAt: number

  constructor(host: AttemptHost, type: LegType) {
    this.#host = host
    const { dialect } = host.setup
    this.#isFeed = isFeed(dialect)
    this.#isChat = isChat(dialect)
    this.#isReplay = type.startsWith('replay')
    this.#memory = this.#memoryFor(type)
    this.#leg = this.#legOf(type)
    this.deadlines = new DeadlineModel(host.setup.timeout, () => host.now)
    this.touchedAt = host.now
  }

  /** What the server has to send next, as far as that is known. */
  get owed(): readonly Sent[] {
    return this.#leg.owed
  }

  /** What it may send again. */
  get past(): readonly Sent[] {
    return this.#leg instanceof ContinuedLeg ? this.#leg.past : []
  }

  get isReplay(): boolean {
    return this.#isReplay
  }

  pause(): void {
    // An error page is read although nobody consumes it.
    if (this.errorBody === undefined) this.deadlines.pause()
  }

  resume(): void {
    if (this.deadlines.isPaused) this.touchedAt = this.#host.now
    this.deadlines.resume()
  }

  /** Nothing of it counts any more. */
  leave(): void {
    this.#over = true
  }

  miss(name: DeadlineName): void {
    if (this.head !== undefined) this.#endWithoutMarker(name === 'stall' ? 'stalled' : name)
    else this.#fail(requestFailed(name === 'connect' ? 'connect_timeout' : 'response_timeout'))
  }

  /** The machine was asleep, and nothing was heard since. */
  presumeDead(): void {
    if (this.head === undefined) this.#fail(requestFailed('connection_failed'))
    else this.miss('idle')
  }

  play(step: Step): void {
    if (this.#over) return
    this.touchedAt = this.#host.now
    if (step.do === 'received' || step.do === 'head' || step.do === 'chunk') this.heard++
    switch (step.do) {
      case 'connected':
        this.deadlines.connected()
        break
      case 'connecting':
        this.deadlines.connecting()
        break
      case 'received':
        this.deadlines.byte()
        break
      case 'head':
        this.#onHead(step.head)
        break
      case 'error body':
        if (this.errorBody !== undefined) this.errorBody.envelope = step.envelope
        break
      case 'chunk':
        this.#host.stand.bytes += step.bytes.length
        this.deadlines.byte()
        this.half = undefined
        for (const block of step.blocks) this.#take(block)
        this.half = step.half
        break
      case 'end':
        this.#transportEnded(undefined)
        break
      case 'failure':
        this.#transportEnded(BROKEN[step.breakage].failure)
        break
    }
  }

  endErrorBody(): void {
    this.#fail(responseFailed(this.head as HeadSpec, this.errorBody?.envelope))
  }

  /** Its end is the server's way to be asked again: an ID that came alone stands for what comes next. */
  settle(): void {
    this.#leg.settle()
  }

  /** No other attempt follows: what is held back is delivered, also of an attempt that was left. */
  giveUp(): void {
    this.#leg.giveUp()
  }

  #onHead(head: HeadSpec): void {
    this.head = head
    this.deadlines.head()
    if (head.status === 204) {
      if (this.#isFeed) this.#host.complete()
      else this.#fail(requestFailed('no_content'))
    } else if (head.status === 200 && head.contentType === 'text/event-stream') {
      this.#host.opened(head)
    } else {
      this.resume()
      this.deadlines.stop()
      this.errorBody = { dueAt: this.#host.now + ERROR_BODY_MS, envelope: undefined }
    }
  }

  #take({ meaning }: Pick<Block, 'meaning'>): void {
    if (this.#over) return
    switch (meaning.type) {
      case 'value':
        this.#takeValue(meaning)
        break
      case 'id':
        this.#leg.pass(meaning.id, meaning.data)
        break
      case 'retry':
        this.#host.stand.reconnectionTime = meaning.ms
        break
      case 'marker':
        this.#complete(meaning.id)
        break
      case 'error':
        // Whatever had finished before it: what follows needs a finish of its own. Of a block that was cut nothing is remembered.
        if (this.half === undefined && !this.#leg.isRepeat(meaning.id)) this.#memory.finished = false
        this.#fail(reportedInBand(meaning.code))
        break
      case 'malformed':
        this.#fail(unusable('malformed_event'))
        break
    }
  }

  #takeValue(value: Value): void {
    const isRepeat = this.#leg.isRepeat(value.id)
    if (this.#isChat && value.kind === 'finish' && !isRepeat) this.#memory.finished = true
    if (!this.#isChat || value.kind !== 'role') this.deadlines.content()
    const failure = this.#leg.take(value)
    if (failure !== undefined) this.#fail(failure)
  }

  /** @param id - of the end marker */
  #complete(id?: string): void {
    const failure = this.#leg.finish(id)
    if (this.#over) return
    if (failure === undefined) this.#host.complete()
    else this.#fail(failure)
  }

  /** What is sent again from the first on must not count twice; what stands in for it counts once it does. */
  #memoryFor(type: LegType): Memory {
    const { stand } = this.#host
    const goesOn = type === 'first' || type === 'continue' || type === 'unchecked'
    if (goesOn && !stand.isAtBeginning) return stand.memory
    const memory = { finished: false }
    if (goesOn || type === 'append') stand.memory = memory
    return memory
  }

  #legOf(type: LegType): Leg {
    const { setup, stand } = this.#host
    const attempt = this
    const isForeign = isOther(type)
    const host: LegHost = {
      stand,
      // Also after a failure, if that is the end: what was held is delivered then.
      get isOver() {
        return attempt.#host.phase === 'ended'
      },
      read: ({ id, data }, lastId) => {
        const last = id ?? lastId
        return this.#isChat ? JSON.parse(data) : last === '' ? { data } : { id: last, data }
      },
      deliver: ({ id, data }, value) => {
        stand.deliver({ id, data, value }, isForeign)
        this.#host.value(value)
      },
      voids: () => {
        stand.clear(isForeign)
        stand.memory = this.#memory
        this.#host.reset()
      },
      passes: (id, data) => {
        stand.pass(id, data, isForeign)
      },
      caughtUp: (again) => {
        stand.takeOver(again, isForeign)
        stand.memory = this.#memory
      },
      movedCursor: () => {
        if (this.#host.phase !== 'ended') this.#host.movedCursor()
      },
    }
    return legOf(type, host, {
      mayBeginAnew: setup.method !== 'GET',
      holds: this.#isChat && setup.retry.count > 0,
      begin: this.#isFeed ? '' : setup.lastEventId,
    })
  }

  #transportEnded(broken: { readonly code: string; readonly reason?: string } | undefined): void {
    if (this.errorBody !== undefined) this.endErrorBody()
    else if (this.head === undefined) this.#fail(requestFailed(broken?.code ?? 'connection_failed'))
    else this.#endWithoutMarker(broken?.reason)
  }

  /** @param reason - what broke it off; nothing for a clean end */
  #endWithoutMarker(reason: string | undefined): void {
    const { half } = this
    const { setup } = this.#host
    // Where no more than the blank line is missing, a marker or a report counts all the same; a value does not.
    const last = half !== undefined && isAllButEnded(half) ? half.block.meaning : undefined
    if (last?.type === 'marker' || last?.type === 'error') {
      this.#take({ meaning: last })
    } else if (setup.dialect === 'chat-finish' && this.#memory.finished && half === undefined) {
      this.#complete()
    } else {
      const cut = half && (isCutInCharacter(half) ? 'cut_character' : 'cut_event')
      const isClean = reason === undefined
      const kind = isClean && this.#isFeed ? 'feed is over' : isClean && !cut ? 'clean end' : 'broken'
      this.#fail(terminated(reason ?? cut ?? 'clean_end'), kind)
    }
  }

  #fail(failure: ModelFailure, kind: EndKind = 'broken'): void {
    this.#host.failed({ ...failure, status: this.head?.status, requestId: this.head?.requestId }, kind)
  }
}
