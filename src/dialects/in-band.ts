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
 * Every in-band error that a server is known to send has one of these words at its top level. An expression, and no `includes`: that stops at every
 * first letter of what it looks for, and V8 looks for an expression of letters in steps of several.
 */
const ERROR_LETTERS = /error|ERROR/

/** A cheap look before a JSON parse: nearly no event of a healthy stream pays for one. */
export const mayHoldError = (text: string): boolean => ERROR_LETTERS.test(text)

/** The same where the payload has not been parsed. */
export const failedData = (data: string): Verdict | undefined =>
  mayHoldError(data) && JSON_START.test(data) ? failedPayload(tryParse(data)) : undefined
