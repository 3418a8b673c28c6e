import { show } from '../errors/options.ts'
import type { Dialect } from './dialect.ts'

/** How the optional members of a dialect have to be: a wrong one would not be called, and nobody would know why. */
const MEMBERS: Readonly<Partial<Record<keyof Dialect<unknown>, 'method' | 'boolean' | 'object'>>> = {
  facts: 'object',
  memory: 'method',
  readHead: 'method',
  readField: 'method',
  isContent: 'method',
  idOf: 'method',
  resume: 'method',
  text: 'method',
  withText: 'method',
  isSame: 'method',
  accumulate: 'method',
  isWhole: 'method',
  acceptsJson: 'boolean',
  endless: 'boolean',
  polls: 'boolean',
}

/**
 * @param where - what stands before a member's name in a message
 * @throws TypeError for a member of another type than it must have
 */
export function checkMembers<T>(dialect: Dialect<T>, where: string): void {
  for (const [member, type] of Object.entries(MEMBERS)) {
    const value: unknown = dialect[member as keyof Dialect<T>]
    if (value !== undefined && typeof value !== (type === 'method' ? 'function' : type)) {
      throw new TypeError(`${where}${member} must be ${article(type)}, not ${show(value)}.`)
    }
  }
  const { requestIdHeaders: names } = dialect
  if (names !== undefined && !(Array.isArray(names) && names.every((name) => typeof name === 'string'))) {
    throw new TypeError(`${where}requestIdHeaders must be an array of header names, not ${show(names)}.`)
  }
}

const article = (type: string): string => `${type === 'object' ? 'an' : 'a'} ${type}`
