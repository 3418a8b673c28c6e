/** Assertions that run in every runtime. */

const show = (value: unknown): string => {
  if (value instanceof Error) return `${value.name}: ${value.message}`
  return value === undefined ? 'undefined' : JSON.stringify(value)
}

/** @throws Error if they are not the same, seen as JSON. */
export function equal(actual: unknown, expected: unknown, what: string): void {
  if (show(actual) !== show(expected))
    throw new Error(`${what}: ${show(actual)} instead of ${show(expected)}`)
}

export function ok(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(what)
}

/** Equal in these fields. */
export function like(
  actual: object | undefined,
  expected: Readonly<Record<string, unknown>>,
  what: string,
): void {
  ok(actual, `${what}: nothing instead of ${show(expected)}`)
  for (const [field, value] of Object.entries(expected)) {
    equal((actual as Record<string, unknown>)[field], value, `${what}, ${field}`)
  }
}

/** What it throws. */
export function thrown(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  throw new Error('nothing was thrown')
}
