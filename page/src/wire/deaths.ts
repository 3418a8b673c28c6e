import type { Death, DeathKind } from './types.ts'

const row = (
  value: DeathKind,
  group: Death['group'],
  label: string,
  about: string,
  seen: string,
  strikes = true,
): Death => ({ value, group, label, about, seen, strikes })

const STOPS = 'The text stops, and the app calls it the whole answer.'
const THROWS = 'The text stops, and the app shows an error that says nothing.'
const WAITS = 'The text stops, and the cursor blinks for ever.'

/** The ways to fail, in the order in which a stream meets them. */
export const deaths: readonly Death[] = [
  row(
    'whole',
    'no failure',
    'Nothing fails',
    'The answer comes to its end marker.',
    'The whole answer.',
    false,
  ),
  row(
    'refused-connection',
    'no stream',
    'Connection refused',
    'Nobody listens at the port: the gateway is down.',
    'An error before the first word.',
    false,
  ),
  row(
    'reset-before-head',
    'no stream',
    'Reset before the answer',
    'The request is read, then the connection is reset (RST) instead of a response. A browser may ask a second time by itself, unseen.',
    'An error before the first word.',
    false,
  ),
  row(
    'refused-status',
    'no stream',
    'Refused with a status',
    'The gateway answers with an error envelope: 401, 429 or 503, as the chosen code says.',
    'An error before the first word.',
    false,
  ),
  row(
    'not-event-stream',
    'no stream',
    'Not an event stream',
    'A 200 with a web page: the wrong URL, or a login in between.',
    'Nothing at all, and the app calls it the whole answer.',
    false,
  ),
  row(
    'clean-end',
    'cut on the way',
    'Clean end behind a proxy',
    'The model dies, and a proxy ends the response as politely as if it were whole.',
    STOPS,
  ),
  row(
    'no-marker',
    'cut on the way',
    'All but the end marker',
    'Every word arrives, then the response ends without the end marker: nobody can tell that it is whole.',
    'The whole text, by luck.',
    false,
  ),
  row(
    'fin',
    'cut on the way',
    'Connection closed (FIN)',
    'The connection is closed between two events.',
    THROWS,
  ),
  row(
    'rst',
    'cut on the way',
    'Connection reset (RST)',
    'The connection is reset between two events.',
    THROWS,
  ),
  row(
    'cut-in-event',
    'cut on the way',
    'Cut inside an event',
    'The response ends properly in the middle of a line of JSON.',
    STOPS,
  ),
  row(
    'cut-in-character',
    'cut on the way',
    'Cut inside a character',
    'The response ends properly between two bytes of one character, the next “–” or “’” of the text.',
    STOPS,
  ),
  row(
    'short-length',
    'cut on the way',
    'Shorter than promised',
    'Content-Length promises the whole answer; the connection is closed before.',
    THROWS,
  ),
  row(
    'bad-chunk',
    'cut on the way',
    'Broken framing',
    'The size of the next HTTP/1.1 chunk is no number.',
    THROWS,
  ),
  row(
    'error-page',
    'cut on the way',
    'An error page at the end',
    'A proxy appends its own 503 page to the stream and ends it properly.',
    STOPS,
  ),
  row(
    'in-band-error',
    'said in the stream',
    'An error in the stream',
    'Inside the 200 comes an event that says what went wrong, then a clean end.',
    'The text stops, with a TypeError about a missing field, or without a word.',
  ),
  row('stall', 'silence', 'A stall', 'Nothing more comes, and the connection stays open.', WAITS),
  row(
    'comments',
    'silence',
    'Nothing but comments',
    'Keep-alive comments go on, but no word comes any more.',
    WAITS,
  ),
]

/** @throws RangeError for a kind that there is not. */
export function deathOf(kind: DeathKind): Death {
  const found = deaths.find(({ value }) => value === kind)
  if (found === undefined) throw new RangeError(`there is no failure ${JSON.stringify(kind)}`)
  return found
}
