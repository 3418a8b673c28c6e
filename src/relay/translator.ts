import { show } from '../errors/options.ts'
import type { OutgoingEvent } from './encode-event.ts'
import type { RelayPlan } from './options.ts'
import { envelopeOf, type PublicCode, type PublicError, publicErrorOf } from './public-error.ts'
import { isSignal } from './signal-item.ts'

const EVENT_FIELDS: ReadonlySet<string> = new Set(['id', 'event', 'data', 'retry', 'comment'])

/** An event as it is: nothing else has text as its `data` and no other field. */
const isEvent = (value: unknown): value is OutgoingEvent =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as OutgoingEvent).data === 'string' &&
  Object.keys(value).every((key) => EVENT_FIELDS.has(key))

/** Not a promise, which would be written as nothing. */
const saysSomething = (event: OutgoingEvent): boolean => {
  for (const field of EVENT_FIELDS) if (event[field as keyof OutgoingEvent] !== undefined) return true
  return false
}

/** The items of one stream as events, and its end as one. */
export class Translator<V> {
  readonly #plan: RelayPlan<V>
  #lastId: string | undefined

  constructor(plan: RelayPlan<V>) {
    this.#plan = plan
  }

  /**
   * An item as an event; `undefined`: there is nothing to write.
   *
   * @throws TypeError for an item that cannot be one, and whatever the `event` option throws
   */
  item(item: unknown): OutgoingEvent | undefined {
    if (!isSignal(item)) return this.#value(item)
    if (item.type === 'value') {
      const { id, ...event } = this.#value(item.value)
      // A raw event may have the ID of an earlier one; the signal knows whether it is this event's own.
      return { ...event, id: (this.#plan.event && id) ?? item.lastEventId }
    }
    if (item.type === 'cursor') return { id: item.lastEventId ?? '' }
    if (item.type === 'reset') throw new TypeError(RESET)
    return undefined
  }

  end(): OutgoingEvent | undefined {
    return this.#plan.done
  }

  /** What readers are told of an error; the error itself goes to `onError`. */
  publicError(error: unknown, code?: PublicCode): PublicError {
    const { onError, message } = this.#plan
    try {
      onError?.(error)
    } catch (thrown) {
      // As RxJS does with what its observers throw.
      setTimeout(() => {
        throw thrown
      })
    }
    return publicErrorOf(error, message, code)
  }

  failure(error: unknown, code?: PublicCode): OutgoingEvent {
    return { event: 'error', data: envelopeOf(this.publicError(error, code)) }
  }

  #value(value: unknown): OutgoingEvent {
    const { event } = this.#plan
    if (event !== undefined) {
      const made = event(value as V)
      if (typeof made === 'object' && made !== null && saysSomething(made)) return made
      throw new TypeError(`The event option must return an event, such as { data }, not ${show(made)}.`)
    }
    if (isEvent(value)) return this.#withNewId(value)
    const data: string | undefined = JSON.stringify(value)
    if (data === undefined) throw new TypeError(`A value that is no JSON cannot be relayed: ${show(value)}.`)
    return { data }
  }

  /** [whatwg] An event has the ID of an earlier one where it has none; written again, it would look like one of its own. */
  #withNewId(event: OutgoingEvent): OutgoingEvent {
    if (event.id !== this.#lastId) {
      this.#lastId = event.id
      return event
    }
    const { id: _, ...rest } = event
    return rest
  }
}

const RESET =
  'A "reset" signal voids what was relayed, which an event stream cannot tell: relay a stream that does not restart().'
