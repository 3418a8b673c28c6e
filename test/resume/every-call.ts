import { type EventStreamConfig, rawEvents } from '../../src/index.ts'
import { type Reply, VirtualStream } from './virtual.ts'

/** One way that a stream can take, with functions of the caller's own in it. */
export interface Course {
  readonly replies: readonly Reply[]
  readonly config: EventStreamConfig<unknown>
}

export const course = <T>(config: EventStreamConfig<T>, ...replies: readonly Reply[]): Course => ({
  replies,
  config: config as EventStreamConfig<unknown>,
})

export const deeds = ['unsubscribed', 'aborted', 'paused and resumed'] as const
export type Deed = (typeof deeds)[number]

/** What a course came to in which the consumer did something inside one call of its own code. */
interface Outcome {
  /** Which call it was; `undefined`: there were not so many. */
  readonly place: string | undefined
  readonly flaws: readonly string[]
}

/** More turns than any course takes. */
const MAX_STEPS = 200

/** So many turns of the microtask queue settle whatever a course has promised. */
const MICROTASKS = 8

/** The course with the deed done inside the call of this number, from 1 up, of all that the caller has a hand in. */
export async function doneAt({ replies, config }: Course, deed: Deed, number: number): Promise<Outcome> {
  const controller = new AbortController()
  const listeners = new Set<object>()
  const late: string[] = []
  let calls = 0
  let place: string | undefined
  let sent = 0
  let stream: VirtualStream<unknown> | undefined
  const isOver = deed !== 'paused and resumed'
  const onCall = (name: string): void => {
    if (place !== undefined && isOver && name.startsWith('signal')) late.push(name)
    if (++calls !== number) return
    place = name
    if (deed === 'unsubscribed') stream?.session.stop()
    else if (deed === 'aborted') controller.abort()
    else {
      stream?.session.pause()
      stream?.session.resume()
    }
    sent = stream?.requests.length ?? 0
  }
  stream = new VirtualStream<unknown>(
    replies,
    { ...telling(config, onCall), signal: controller.signal },
    {
      onSignal: ({ type }) => onCall(`signal ${type}`),
      wakeups: () => {
        const listener = {}
        listeners.add(listener)
        return () => void listeners.delete(listener)
      },
    },
  )
  stream.start()
  let steps = 0
  do {
    for (let turn = 0; turn < MICROTASKS; turn++) await undefined
  } while (stream.clock.step() && ++steps < MAX_STEPS)
  const { ends, requests, clock, error } = stream
  const flaws = late.map((name) => `${name} afterwards`)
  if (steps === MAX_STEPS) flaws.push('no end of it')
  if (clock.pending > 0) flaws.push('a timer is left')
  if (listeners.size > 0) flaws.push('a listener is left')
  if (ends.length !== (deed === 'unsubscribed' ? 0 : 1)) flaws.push(`${ends.length} ends`)
  if (deed === 'aborted' && error?.code !== 'aborted') flaws.push(`ended otherwise: ${String(ends[0])}`)
  if (isOver && requests.length > sent) flaws.push('a request afterwards')
  if (isOver && requests.some(({ left }) => !left)) flaws.push('a request is not left')
  return { place, flaws: place === undefined ? [] : flaws }
}

/** Those of the caller's functions that a config may lack, as they would be by default. */
const DEFAULTS = {
  memory: () => ({}),
  idOf: () => undefined,
  resume: () => ({}),
  isContent: () => true,
  isWhole: () => false,
}

/** The config with every function in it telling of its calls. */
function telling(
  config: EventStreamConfig<unknown>,
  onCall: (name: string) => void,
): EventStreamConfig<unknown> {
  const { dialect = rawEvents(), resume, retry, headers = () => ({}) } = config
  return {
    ...config,
    ...hooked({ headers }, 'config', onCall),
    dialect: hooked({ ...DEFAULTS, ...dialect }, 'dialect', onCall),
    ...(typeof resume === 'object' ? { resume: hooked(resume, 'strategy', onCall) } : undefined),
    ...(typeof retry === 'object' ? { retry: hooked(retry, 'retry', onCall) } : undefined),
  }
}

function hooked<O extends object>(object: O, whose: string, onCall: (name: string) => void): O {
  const members = Object.entries(object).map(([name, member]: [string, unknown]) => {
    if (typeof member !== 'function') return [name, member]
    const hook = (...given: unknown[]): unknown => {
      onCall(`${whose}.${name} begins`)
      const returned: unknown = member.apply(object, given)
      onCall(`${whose}.${name} returns`)
      return returned
    }
    return [name, hook]
  })
  return Object.fromEntries(members) as O
}
