/** An HTTP date in any of its three forms [rfc9110 section 5.6.7], or one of RFC 3339. `Date.parse` takes nearly anything for a date. */
const DATE = /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? [\w :-]+|\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d\S*)$/

/** A date as milliseconds since 1970, or nothing. */
export function parseDate(value: string): number | undefined {
  if (!DATE.test(value)) return undefined
  const ms = Date.parse(value)
  return Number.isNaN(ms) ? undefined : ms
}
