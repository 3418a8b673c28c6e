import type { WireName } from './wires.ts'

/**
 * Reads one stream to its end, and calls back once for each event that holds text, with what the client delivers: a text or
 * an object. Resolves at the end of the stream as this client knows it; rejects with what it tells of a failure.
 */
export type Read = (url: string, onEvent: (value: unknown) => void) => Promise<void>

/** A client, and how the page names it. */
export interface Contender {
  readonly id: string
  readonly title: string
  /** Of the repo. */
  readonly module: string
  readonly wire: WireName
  /** The contender that its figures are divided by. */
  readonly against: string
  /** What it does with an event. */
  readonly does: string
  /** Events of a burst: the slower a client, the fewer. */
  readonly burst: number
  readonly isOurs?: boolean
  /** Of `bench/package.json`. */
  readonly packages?: readonly string[]
}

/** The text in what a client delivers. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') {
    return value.startsWith('{') ? textOf(JSON.parse(value)) : value
  }
  const { choices, delta, data } = value as {
    readonly choices?: readonly { readonly delta: { readonly content: string } }[]
    readonly delta?: { readonly text: string }
    readonly data?: string
  }
  if (data !== undefined) return textOf(data)
  return choices?.[0]?.delta.content ?? delta?.text ?? ''
}
