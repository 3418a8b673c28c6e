import { type EventStreamConfig, replay } from '../index.ts'
import { chatCompletion, gatewayError, type Scenario } from '../testing/index.ts'

/** One way in which a stream can break. */
export interface Act {
  readonly name: string
  readonly server: string
  readonly scenario: Scenario
  readonly config?: Pick<EventStreamConfig<unknown>, 'timeout' | 'retry' | 'resume'>
  /** `nameOf` the error that must come of it, or `complete`. */
  readonly ending: string
  readonly requests: number
  /** Would who has no deadline wait for ever? */
  readonly hangs?: true
  /** What to make of it, in a sentence. */
  readonly moral: string
}

const TEXT =
  'An answer that stops in mid-sentence is not a short answer. It reads like one in a café, in a log and in a ' +
  'test, and so it is taken for one until somebody counts. So count.'

const events = chatCompletion(TEXT)

const cafe = events.findIndex((data) => data.includes('é'))
/** Bytes of that event up to the middle of its é. */
const intoCharacter = Buffer.byteLength(`data: ${events[cafe]?.split('é')[0]}`) + 1

const overloaded = { code: 'model_overloaded', message: 'The model is overloaded.' }

/** The stream as it should be: every act is measured by what comes of this. */
export const WHOLE: Scenario = { events }

export const ACTS: readonly Act[] = [
  {
    name: 'The connection dies',
    server: 'numbers its events, and closes the socket inside the 16th, in mid-sentence',
    scenario: {
      events,
      ids: true,
      answers: [{ paceMs: 38, fault: { type: 'fin', after: { events: 15, bytes: 40 } } }, { paceMs: 38 }],
    },
    config: { retry: { delay: 600, jitter: 'none' } },
    ending: 'complete',
    requests: 2,
    moral: 'resumed after the last event that was delivered: nothing lost, nothing doubled',
  },
  {
    name: 'An error inside the 200',
    server: 'answers 200 and reports an overloaded model as its first event; the second request is fine',
    scenario: {
      events,
      answers: [{ fault: { type: 'in-band-error', after: { events: 0 }, error: overloaded } }, { paceMs: 8 }],
    },
    config: { retry: { delay: 200, jitter: 'none' } },
    ending: 'complete',
    requests: 2,
    moral: 'nothing had been shown yet, so asking again was free',
  },
  {
    name: 'The same, a little later',
    server: 'reports the error after a few tokens, then sends [DONE] as if all were well; there are no IDs',
    scenario: {
      events,
      answers: [
        {
          paceMs: 20,
          fault: { type: 'in-band-error', after: { events: 12 }, error: overloaded, done: true },
        },
      ],
    },
    ending: 'stream_error/model_overloaded',
    requests: 1,
    moral: 'without a cursor a second request would say it all again: an error, not a splice',
  },
  {
    name: 'Without IDs, by replay()',
    server: 'closes the socket after a few tokens; there are no IDs, but it says the same if asked again',
    scenario: {
      events,
      answers: [{ paceMs: 20, fault: { type: 'fin', after: { events: 12 } } }, { paceMs: 8 }],
    },
    config: { retry: { delay: 200, jitter: 'none' }, resume: replay() },
    ending: 'complete',
    requests: 2,
    moral: 'what had been shown was compared and passed over; a difference would have been an error',
  },
  {
    name: 'A clean end without [DONE]',
    server: 'ends the body politely in the middle, as a proxy does whose origin has died',
    scenario: { events, answers: [{ paceMs: 20, fault: { type: 'clean-end', after: { events: 12 } } }] },
    ending: 'stream_terminated (clean_end)',
    requests: 1,
    moral: 'HTTP says "whole"; only the end marker can prove it, and it never came',
  },
  {
    name: 'A cut inside a character',
    server: 'ends the body, as cleanly, after the first of the two bytes of an é',
    scenario: {
      events,
      answers: [{ paceMs: 20, fault: { type: 'clean-end', after: { events: cafe, bytes: intoCharacter } } }],
    },
    ending: 'stream_terminated (cut_character)',
    requests: 1,
    moral: 'half a character is never shown, and proves the cut',
  },
  {
    name: 'A stall',
    server: 'goes silent and keeps the connection open',
    scenario: { events, answers: [{ paceMs: 20, fault: { type: 'stall', after: { events: 12 } } }] },
    config: { timeout: { idle: 400 } },
    ending: 'stream_terminated (idle)',
    requests: 1,
    hangs: true,
    moral: 'timeout.idle counts bytes (400 ms here)',
  },
  {
    name: 'Chatter without content',
    server: 'sends a keep-alive comment every 50 ms, and nothing else any more',
    scenario: {
      events,
      answers: [{ paceMs: 20, fault: { type: 'comments', after: { events: 12 }, everyMs: 50 } }],
    },
    config: { timeout: { idle: 550, stall: 700 } },
    ending: 'stream_terminated (stalled)',
    requests: 1,
    hangs: true,
    moral: 'comments reset timeout.idle for ever; timeout.stall (700 ms here) counts content',
  },
  {
    name: '429 with Retry-After',
    server: 'refuses the first request, "Retry-After: 1"; the second is fine',
    scenario: {
      events,
      answers: [gatewayError('rate_limit_exceeded', { retryAfter: 1 }), { paceMs: 8 }],
    },
    ending: 'complete',
    requests: 2,
    moral: 'asked again no sooner than the server had said',
  },
  {
    name: 'HTML instead of a stream',
    server: 'answers 200 with a sign-in page',
    scenario: {
      events,
      answers: [
        {
          headers: { 'content-type': 'text/html' },
          body: '<!doctype html><title>Sign in</title><p>Please sign in.',
        },
      ],
    },
    ending: 'request_failed/not_event_stream',
    requests: 1,
    moral: 'a 200 is no stream by itself',
  },
]
