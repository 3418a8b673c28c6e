import { errorInPayload, errorOfText, tryParse } from '../errors/envelope.ts'
import { failed, ping, type ServerSentEvent, type Verdict } from './dialect.ts'

/** `[DONE]`, with or without blanks around it, as the SDKs take it. */
export const isDone = (data: string): boolean => data.length < 16 && data.trim() === '[DONE]'

/** `event: error`, whatever its data: an error on every wire but WHATWG feeds. */
export const failedEvent = (event: ServerSentEvent): Verdict => failed(errorOfText(event.data))

/** An object, or an array of one. */
const JSON_START = /^\s*[{[]/

/**
 * A line that is no field. Old llama.cpp servers write an error as one of its own: `error: {…}`; Google's write bare JSON
 * behind the events. [whatwg] tells clients to ignore both.
 */
export function readErrorField(field: string, value: string): Verdict {
  if (field === 'error') return failed(errorOfText(value))
  return JSON_START.test(field) ? (failedPayload(tryParse(`${field}:${value}`)) ?? ping) : ping
}

/** The error inside a parsed payload, or nothing. */
export function failedPayload(payload: unknown): Verdict | undefined {
  const upstream = errorInPayload(payload)
  return upstream === undefined ? undefined : failed(upstream)
}

/**
 * Every shape of an in-band error has one of these letters at its top level. A cheap look before a JSON parse: nearly no
 * event of a healthy stream pays for one. Not `"error"`: a search stops at every first letter of what it looks for, and
 * JSON is full of quotes.
 */
export const mayHoldError = (text: string): boolean => ERROR_LETTERS.test(text)

/** An expression that begins with letters is looked for in steps of several, wherever they may be; a text at each of its first letters. */
const ERROR_LETTERS = /rror|RROR/

/** The same where the payload has not been parsed. */
export const failedData = (data: string): Verdict | undefined =>
  mayHoldError(data) && JSON_START.test(data) ? failedPayload(tryParse(data)) : undefined
