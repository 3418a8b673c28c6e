import { catchError, defer, filter, map, type OperatorFunction } from 'rxjs'
import type { LlmDialect } from './dialects/dialect.ts'
import { isSseError, withPartial } from './errors/sse-error.ts'
import type { Message } from './messages/message.ts'

/**
 * The text of a streamed answer, piece by piece: of each value what it adds, and nothing of a value that adds none.
 *
 * ```ts
 * const chat = openaiChat()
 * fromEventStream(url, { body, dialect: chat }).pipe(text(chat)).subscribe((piece) => process.stdout.write(piece))
 * ```
 *
 * Does not join the pieces: that is {@link accumulate}. Of several answers ("choices", "candidates") it is the first's.
 *
 * @throws TypeError at the call, for a dialect whose wire has no text.
 */
export function text<T>(dialect: Pick<LlmDialect<T>, 'name' | 'text'>): OperatorFunction<T, string> {
  if (typeof dialect?.text !== 'function') throw new TypeError(`text: ${without('text(value)', dialect)}`)
  return (source) =>
    source.pipe(
      map((value) => dialect.text(value)),
      filter((piece) => piece !== ''),
    )
}

/**
 * The message so far, with each value: its text, its tool calls put together, why it finished, and the provider's own
 * message object as `snapshot`.
 *
 * If the stream fails, the {@link SseError} has the message as far as it came, as `partial`: a UI can keep what was shown.
 * No tool call in it is `complete` whose end was not seen.
 *
 * Does not wait for the end: `last()`, or `lastValueFrom`, gives the whole message, and only of a stream that is whole.
 *
 * @throws TypeError at the call, for a dialect whose wire has no messages.
 */
export function accumulate<T, S>(
  dialect: Pick<LlmDialect<T, S>, 'name' | 'accumulate'>,
): OperatorFunction<T, Message<S>> {
  if (typeof dialect?.accumulate !== 'function') {
    throw new TypeError(`accumulate: ${without('accumulate(message, value)', dialect)}`)
  }
  return (source) =>
    defer(() => {
      let message: Message<S> | undefined
      return source.pipe(
        map((value) => {
          message = dialect.accumulate(message, value)
          return message
        }),
        catchError((error: unknown) => {
          throw isSseError(error) && message !== undefined ? withPartial(error, message) : error
        }),
      )
    })
}

const without = (member: string, dialect: { readonly name: string } | undefined): string =>
  dialect === undefined || typeof dialect !== 'object'
    ? 'give it the dialect of the stream, such as openaiChat().'
    : `the dialect "${dialect.name}" has no ${member}.`
