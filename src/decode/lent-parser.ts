import { createParser, type EventSourceMessage, type ParseError } from 'eventsource-parser'

/** Takes what a parser finds. What it throws abandons the rest of what is being fed. */
export interface ParserHandler {
  onMessage(message: EventSourceMessage): void
  /** Before the event of its block, if that is one. */
  onId(id: string): void
  onRetry(ms: number): void
  onParseError(error: ParseError): void
}

/** A parser that is one decoder's until it is given back. */
export class LentParser {
  readonly limit: number
  readonly feed: (text: string) => void
  readonly #reset: () => void
  /** Whose it is now. */
  handler: ParserHandler | undefined

  constructor(limit: number) {
    const { feed, reset } = createParser({
      maxBufferSize: limit,
      onEvent: (message) => this.handler?.onMessage(message),
      onId: (id) => this.handler?.onId(id),
      onRetry: (ms) => this.handler?.onRetry(ms),
      onError: (error) => this.handler?.onParseError(error),
    })
    this.limit = limit
    this.feed = feed
    this.#reset = reset
    this.#begin()
  }

  /** As if it had been fed nothing. */
  reset(): void {
    this.#reset()
    this.#begin()
  }

  /**
   * The BOM is gone by then; a first blank line makes the parser stop looking for one, so that neither a second U+FEFF nor
   * the characters U+00EF U+00BB U+00BF are taken for it.
   */
  #begin(): void {
    this.feed('\n')
  }
}

/**
 * Between two events a parser remembers nothing, and nearly every chunk ends there: the streams share one, which is lent
 * for the time of a chunk, or for as long as an event is unfinished. Eleven closures less are held for an open stream, and
 * those that a chunk needs have just been used.
 */
let spare: LentParser | undefined

/** @param limit - most characters of an event that is not whole yet */
export function borrowParser(handler: ParserHandler, limit: number): LentParser {
  const parser = spare !== undefined && spare.limit === limit ? spare : new LentParser(limit)
  spare = undefined
  parser.handler = handler
  return parser
}

/** It has been fed up to the end of an event, or was reset. */
export function giveBack(parser: LentParser): void {
  parser.handler = undefined
  spare = parser
}
