/** A wrong value, for a message: short, and without the inside of anything that may hold a secret. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 40 ? `${value.slice(0, 40)}…` : value)
  if (typeof value === 'function') return value.name === '' ? 'a function' : `the function ${value.name}`
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' && value !== null ? 'an object' : String(value)
}

/** @throws TypeError for anything but an object with known keys */
export function refuseUnknown(given: object, known: object, where: string): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw new TypeError(`${where}: options must be an object, not ${show(given)}.`)
  }
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(known, key)) {
      throw new TypeError(`${where}: unknown option "${key}"; there are ${Object.keys(known).join(', ')}.`)
    }
  }
}
