/** An object of JSON, whatever is in it. */
export type Json = Readonly<Record<string, unknown>>

/** An object, and neither a list nor `null`. */
export const isObject = <T>(value: T): value is T & Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
