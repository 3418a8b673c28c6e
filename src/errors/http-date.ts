/** An HTTP date in any of its three forms [rfc9110 section 5.6.7], or one of RFC 3339. `Date.parse` takes nearly anything for a date. */
const DATE = /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w :-]+|\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d\S*)$/

const ZONELESS = /\d\d:\d\d:\d\d(?:\.\d+)?(?: \d{4})?$/

/** A date as milliseconds since 1970, or nothing. */
export function parseDate(value: string): number | undefined {
  if (!DATE.test(value)) return undefined
  // Without a zone `Date.parse` takes it for local time; asctime is UTC [rfc9110].
  const ms = Date.parse(ZONELESS.test(value) ? `${value}${/^\d/.test(value) ? 'Z' : ' GMT'}` : value)
  return Number.isNaN(ms) ? undefined : ms
}
