/** What a server does with a request: the feed, a 503, or the port is closed. */
export type Outcome = 'served' | 'busy' | 'refused'

/** What strikes all clients at time 0, and how their requests fare from then on. Times in milliseconds. */
export interface Storm {
  readonly id: string
  readonly title: string
  readonly about: string
  /**
   * `reset`: all connections are; `end`: all responses end as they should; `offline`: the clients' own network is gone;
   * `ask`: there was no connection yet, all ask for the first time.
   */
  readonly blow: 'reset' | 'end' | 'offline' | 'ask'
  /** The `retry:` field that the feed began with. */
  readonly retryMs?: number
  /** When the network is back, and all machines tell their programs so. */
  readonly onlineAt?: number
  /** Until when nobody gets in, and why. */
  readonly shut?: { readonly until: number; readonly why: string }
  /** @param served - how many were, in this tenth of a second */
  answer(at: number, served: number): Outcome
}

export const RETRY_AFTER_S = 5
const RETRY_MS = 3_000
const DOWN_MS = 4_000
const OFFLINE_MS = 8_000
/** Per tenth of a second. */
const CAPACITY = 50

const afterTheCrash: Pick<Storm, 'blow' | 'shut' | 'answer'> = {
  blow: 'reset',
  shut: { until: DOWN_MS, why: 'port closed' },
  answer: (at) => (at < DOWN_MS ? 'refused' : 'served'),
}

export const storms: readonly Storm[] = [
  {
    id: 'killed',
    title: 'The server is killed.',
    about: `All connections are reset at 0 s, the port is closed until ${DOWN_MS / 1_000} s.`,
    ...afterTheCrash,
  },
  {
    id: 'killed-retry',
    title: 'The same with retry.',
    about: `The feed had begun with “retry: ${RETRY_MS}”.`,
    ...afterTheCrash,
    retryMs: RETRY_MS,
  },
  {
    id: 'online',
    title: 'An office goes offline.',
    about: `At ${OFFLINE_MS / 1_000} s the network is back, and all hear “online” in the same instant.`,
    blow: 'offline',
    onlineAt: OFFLINE_MS,
    shut: { until: OFFLINE_MS, why: 'offline' },
    answer: () => 'served',
  },
  {
    id: 'overload',
    title: 'The doors open.',
    about: `All ask at 0 s. ${CAPACITY} per 100 ms get in, the others a 503 with “Retry-After: ${RETRY_AFTER_S}”.`,
    blow: 'ask',
    answer: (_, served) => (served < CAPACITY ? 'served' : 'busy'),
  },
  {
    id: 'told-end',
    title: 'The server ends all responses',
    about: `after “retry: ${RETRY_MS}”, as at a restart: its word for when to come again, at the soonest.`,
    blow: 'end',
    retryMs: RETRY_MS,
    answer: () => 'served',
  },
]
