import type { Dialect } from '../dialects/dialect.ts'

/**
 * The event ID that a value holds.
 *
 * @throws TypeError for what could not be sent back
 */
export function ownIdOf<T>(dialect: Dialect<T>, value: T, memory: unknown): string | undefined {
  const id = dialect.idOf?.(value, memory)
  if (id !== undefined && typeof id !== 'string')
    throw new TypeError(`idOf(value) must return text or undefined, not ${typeof id}.`)
  return id
}
