import type { Dialect } from '../dialects/dialect.ts'
import { endingOf, Stream } from './dialect-checks-stream.ts'

const played = (dialect: Dialect<unknown>, lines: string): ReturnType<Stream['play']> => {
  const bytes = new TextEncoder().encode(`${lines}\n\n`)
  return new Stream('facts', bytes, () => dialect).play([bytes], 'clean end')
}

/** The examples of the dialect's facts are what they are said to be. */
export function factsProblem(dialect: Dialect<unknown>): string | undefined {
  const { end = [], errors = [] } = dialect.facts ?? {}
  for (const lines of end) {
    const seen = played(dialect, lines)
    if (!seen.completed) return `facts.end has ${JSON.stringify(lines)}, which ends with ${endingOf(seen)}`
  }
  for (const lines of errors) {
    const seen = played(dialect, lines)
    if (seen.error?.kind !== 'stream_error')
      return `facts.errors has ${JSON.stringify(lines)}, which ends with ${endingOf(seen)}, not with a stream_error`
  }
  return undefined
}

/** How servers of all kinds report an error. */
const COMMON = ['event: error\ndata: {"message":"x"}', 'data: {"error":{"message":"x"}}']

/** What the fixtures do not show, so that nothing has checked it. */
export function coverageProblem(dialect: Dialect<unknown>, streams: readonly Stream[]): string | undefined {
  if (streams.length === 0) return 'there is no fixture'
  // A feed does not complete, and its errors are the application's own.
  if (dialect.endless === true) return undefined
  if (!streams.some(({ whole }) => whole.completed))
    return 'no fixture completes: nothing shows that an end marker is recognised'
  if (dialect.facts !== undefined) return undefined
  const knowsError =
    streams.some(({ whole }) => whole.error?.kind === 'stream_error') ||
    COMMON.some((lines) => played(dialect, lines).error?.kind === 'stream_error')
  return knowsError
    ? undefined
    : 'no fixture ends with an error of the server, and neither `event: error` nor `data: {"error":{…}}` is one to this dialect: an error would be delivered as a value. Add a fixture that fails; where the wire has no errors, say so by facts with `errors: []`'
}
