import { errorInPayload, errorOfText } from '../errors/envelope.ts'
import { failed, ignored, type ServerSentEvent, type Verdict } from './dialect.ts'

/** `event: error`, whatever its data: an error on every wire but WHATWG feeds. */
export const failedEvent = (event: ServerSentEvent): Verdict => failed(errorOfText(event.data))

/** Old llama.cpp servers write the error as a field of its own: `error: {…}`, which [whatwg] tells clients to ignore. */
export const readErrorField = (field: string, value: string): Verdict =>
  field === 'error' ? failed(errorOfText(value)) : ignored

/** The error inside a parsed payload, or nothing. */
export function failedPayload(payload: unknown): Verdict | undefined {
  const upstream = errorInPayload(payload)
  return upstream === undefined ? undefined : failed(upstream)
}
