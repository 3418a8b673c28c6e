import type { DeathKind } from '../../../page/src/wire/types.ts'

/** What fetch-and-a-loop makes of it. */
export type LoopVerdict = 'right' | 'calls it whole' | 'throws' | 'hangs'

/** What a person is to be told of a failure that nothing comes after. */
export interface Told {
  readonly kind: 'request_failed' | 'stream_error' | 'stream_terminated'
  readonly code: string
  readonly reason?: string
  /** Of the facts. */
  readonly message: RegExp
  /** What it means, in plain words. */
  readonly means: RegExp
  /** What to do. */
  readonly doThis: RegExp
  readonly loop: LoopVerdict
  readonly loopSays: RegExp
}

/**
 * How much of the answer is shown: so many words; `any`: a beginning. Chromium forgets what it has received and not handed over
 * when a connection breaks.
 */
export type Shown = number | 'any' | 'all'

export interface Failure {
  readonly shown: Shown
  /** `undefined`: it does not fail. */
  readonly told: Told | undefined
  /** Through undici, which sees more: what is different. */
  readonly byNode?: Partial<Told> & { readonly shown?: Shown }
  /** With IDs, when only the first request breaks. */
  readonly recovers: 'resumes' | 'asks again' | 'never'
}

/** Words of the short answer before it breaks; the next character of several bytes is in the one but next. */
export const STRIKES_AT = 5

const STANDS = /What is above stands, but it is not the whole/
const SILENT = { loop: 'calls it whole', loopSays: /^complete$/ } as const
const THROWN = { loop: 'throws', loopSays: /^TypeError: network error$/ } as const
const REFUSED = { loop: 'throws', loopSays: /^TypeError: Failed to fetch$/ } as const
const BY_UNDICI = { loopSays: /^TypeError: terminated$/ } as const

const cut = (reason: string, message: RegExp, means: RegExp): Omit<Told, 'loop' | 'loopSays'> => ({
  kind: 'stream_terminated',
  code: 'stream_terminated',
  reason,
  message,
  means,
  doThis: STANDS,
})

const lost: Told = {
  ...cut('connection_lost', /^the connection was lost$/, /connection was lost.*browser does not say how/),
  ...THROWN,
}

const cleanEnd: Told = {
  ...cut('clean_end', /ended without the end marker/, /ended politely, but without its end marker/),
  ...SILENT,
}

const unreachable: Told = {
  kind: 'request_failed',
  code: 'connection_failed',
  message: /^no answer from http:/,
  means: /No connection, or none that lasted until an answer/,
  // A browser cannot tell it from a refusal by CORS.
  doThis: /Check host and port.*CORS/,
  ...REFUSED,
}

const overloaded = {
  code: 'model_overloaded',
  message: /^the model is overloaded$/,
  means: /The model has too much to do/,
  doThis: /Ask again in a moment, or ask another model/,
  loop: 'throws',
} as const

/** Of each failure of the switchboard, and no other. */
export const FAILURES: Readonly<Record<DeathKind, Failure>> = {
  whole: { shown: 'all', told: undefined, recovers: 'never' },
  'refused-connection': {
    shown: 0,
    told: unreachable,
    byNode: {
      message: /^connection refused by http:.*ECONNREFUSED/,
      doThis: /Check host and port/,
      loopSays: /^TypeError: fetch failed$/,
    },
    recovers: 'never',
  },
  'reset-before-head': {
    shown: 0,
    told: unreachable,
    byNode: {
      message: /^the connection was closed before an answer by http:.*ECONNRESET/,
      doThis: /Check host and port/,
      loopSays: /^TypeError: fetch failed$/,
    },
    recovers: 'asks again',
  },
  'refused-status': {
    shown: 0,
    told: { kind: 'request_failed', ...overloaded, loopSays: /^Error: HTTP 503$/ },
    recovers: 'asks again',
  },
  'not-event-stream': {
    shown: 0,
    told: {
      kind: 'request_failed',
      code: 'not_event_stream',
      message: /expected text\/event-stream, got "text\/html; charset=utf-8" with an HTML page/,
      means: /answered, but not with an event stream/,
      doThis: /Check the URL/,
      ...SILENT,
    },
    recovers: 'never',
  },
  'clean-end': { shown: STRIKES_AT, told: cleanEnd, recovers: 'resumes' },
  'no-marker': { shown: 'all', told: cleanEnd, recovers: 'resumes' },
  fin: {
    shown: 'any',
    told: lost,
    byNode: {
      reason: 'socket_closed',
      message: /^the connection was closed$/,
      means: /connection was closed in the middle of the answer/,
      shown: STRIKES_AT,
      ...BY_UNDICI,
    },
    recovers: 'resumes',
  },
  rst: {
    shown: 'any',
    told: lost,
    byNode: {
      reason: 'socket_reset',
      message: /^the connection was reset$/,
      means: /connection was reset in the middle of the answer/,
      ...BY_UNDICI,
    },
    recovers: 'resumes',
  },
  'cut-in-event': {
    shown: STRIKES_AT,
    told: {
      ...cut('cut_event', /ended inside an event/, /ended politely in the middle of an event/),
      ...SILENT,
    },
    recovers: 'resumes',
  },
  'cut-in-character': {
    shown: STRIKES_AT + 1,
    told: {
      ...cut('cut_character', /ended inside a character/, /ended politely in the middle of a character/),
      ...SILENT,
    },
    recovers: 'resumes',
  },
  'short-length': {
    shown: 'any',
    told: lost,
    byNode: {
      reason: 'socket_closed',
      message: /^the connection was closed$/,
      means: /connection was closed in the middle of the answer/,
      shown: STRIKES_AT,
      ...BY_UNDICI,
    },
    recovers: 'resumes',
  },
  'bad-chunk': {
    shown: 'any',
    told: lost,
    byNode: {
      reason: 'bad_framing',
      message: /framing is broken.*chunk size/,
      means: /framing of the response broke/,
      shown: STRIKES_AT,
      ...BY_UNDICI,
    },
    recovers: 'resumes',
  },
  'error-page': { shown: STRIKES_AT, told: cleanEnd, recovers: 'resumes' },
  'in-band-error': {
    shown: STRIKES_AT,
    told: {
      kind: 'stream_error',
      ...overloaded,
      loopSays: /^TypeError: Cannot read properties of undefined/,
    },
    recovers: 'resumes',
  },
  stall: {
    shown: STRIKES_AT,
    told: {
      ...cut('idle', /no byte within timeout\.idle \(2000 ms\)/, /connection went silent/),
      loop: 'hangs',
      loopSays: /^hanging$/,
    },
    recovers: 'resumes',
  },
  comments: {
    shown: STRIKES_AT,
    told: {
      ...cut('stalled', /no content within timeout\.stall/, /Comments kept coming, but no word/),
      loop: 'hangs',
      loopSays: /^hanging$/,
    },
    recovers: 'resumes',
  },
}
