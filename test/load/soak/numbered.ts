import type { ChatCompletionChunk } from '../../../src/index.ts'
import { chatCompletion, type ScenarioEvent } from '../../../src/testing/index.ts'

/** Four bytes of UTF-8 in every token, so that cuts fall inside characters. */
const WAVE = '\u{1F30A}'

/** A completion whose every chunk says which stream it belongs to and where it stands in it. */
export const numberedCompletion = (stream: number, tokens: number): readonly string[] =>
  chatCompletion(
    Array.from({ length: tokens }, (_, index) => `${index + 1} ${WAVE} `),
    { id: nameOf(stream), finishReason: `after ${tokens}` },
  )

/** Of the chunks that a completion of so many tokens delivers: role, tokens, finish reason, usage. */
export const chunksOf = (tokens: number): number => tokens + 3

const nameOf = (stream: number): string => `stream-${stream}`

/** Where a chunk stands in its stream, from 0 up; -1 if it is none of this stream. */
export function positionOf(chunk: ChatCompletionChunk, stream: number): number {
  if (chunk.id !== nameOf(stream)) return -1
  const choice = chunk.choices[0]
  if (choice === undefined) {
    const tokens = chunk.usage?.completion_tokens
    return tokens === undefined ? -1 : tokens + 2
  }
  if (choice.finish_reason != null) return Number(/^after (\d+)$/.exec(choice.finish_reason)?.[1] ?? -2) + 1
  if (choice.delta.role !== undefined) return 0
  const number = new RegExp(`^(\\d+) ${WAVE} $`, 'u').exec(choice.delta.content ?? '')?.[1]
  return number === undefined ? -1 : Number(number)
}

/** Two bytes into the wave of an event, told from its start. */
export function bytesIntoWave(data: string): number {
  const at = Buffer.from(`data: ${data}`).indexOf(WAVE)
  if (at < 0) throw new Error('no wave in this event')
  return at + 2
}

/** A comment before every event, as a relay sends them to keep a connection alive. */
export const withComments = (events: readonly ScenarioEvent[]): readonly ScenarioEvent[] =>
  events.flatMap((event) => [{ comment: 'processing' }, event])
