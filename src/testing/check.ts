/** Checks a value at a place, and throws a TypeError that names the place. */
export type Check = (value: unknown, path: string) => void

export function refuse(path: string, why: string): never {
  throw new TypeError(`${path}: ${why}`)
}

const MAX_SHOWN = 60

/** A value for an error message. */
export function show(value: unknown): string {
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) {
    const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
    return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text
  }
  return Array.isArray(value) ? 'an array' : 'an object'
}

export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const text: Check = (value, path) => {
  if (typeof value !== 'string') refuse(path, `${show(value)} is not a text`)
}

export const textOrNull: Check = (value, path) => {
  if (value !== null && typeof value !== 'string') refuse(path, `${show(value)} is neither a text nor null`)
}

export const flag: Check = (value, path) => {
  if (typeof value !== 'boolean') refuse(path, `${show(value)} is neither true nor false`)
}

export const wholeNumber =
  (least: number, most = Number.MAX_SAFE_INTEGER): Check =>
  (value, path) => {
    if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return
    const isOpen = most === Number.MAX_SAFE_INTEGER
    if (isOpen && Number.isInteger(value) && (value as number) > most) refuse(path, `is more than ${most}`)
    const range = isOpen ? `from ${least} up` : `from ${least} to ${most}`
    refuse(path, `${show(value)} is not a whole number ${range}`)
  }

/** More overflows a timer, which then fires at once. */
const MAX_MS = 2 ** 31 - 1

export const milliseconds =
  (least: number): Check =>
  (value, path) => {
    if (typeof value === 'number' && value >= least && value <= MAX_MS) return
    refuse(path, `${show(value)} is not a number of milliseconds from ${least} to ${MAX_MS}`)
  }

export const oneOf =
  (what: string, names: readonly string[]): Check =>
  (value, path) => {
    if (typeof value === 'string' && names.includes(value)) return
    refuse(path, `${show(value)} is no ${what}; there are ${names.join(', ')}`)
  }

export const arrayOf =
  (check: Check, least = 0): Check =>
  (value, path) => {
    if (!Array.isArray(value)) refuse(path, `${show(value)} is not an array`)
    if (value.length < least) refuse(path, 'an empty array says nothing: leave it out')
    // Not forEach: a hole in the array is a wrong element.
    for (let index = 0; index < value.length; index++) check(value[index], `${path}[${index}]`)
  }

const IDENTIFIER = /^[\w$]+$/

export const member = (path: string, key: string): string =>
  IDENTIFIER.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`

/** An object with these keys and no others. A key whose value is `undefined` counts as left out. */
export const shape =
  (checks: Readonly<Record<string, Check>>, required: readonly string[] = []): Check =>
  (value, path) => {
    if (!isObject(value)) refuse(path, `${show(value)} is not an object`)
    for (const key of required) {
      if (value[key] === undefined) refuse(member(path, key), 'is missing')
    }
    for (const [key, inner] of Object.entries(value)) {
      const check = Object.hasOwn(checks, key) ? checks[key] : undefined
      if (check === undefined) {
        refuse(member(path, key), `there is no such key; there are ${Object.keys(checks).join(', ')}`)
      }
      if (inner !== undefined) check(inner, member(path, key))
    }
  }
