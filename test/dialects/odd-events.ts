import fc from 'fast-check'
import { expect } from 'vitest'
import type { LlmDialect, Message } from '../../src/index.ts'

/** JSON of any shape, made of a wire's own words, so that it often is nearly right. */
export function oddEvents(keys: readonly string[], words: readonly string[]): fc.Arbitrary<unknown> {
  const leaf = fc.oneof(
    fc.constantFrom<unknown>(null, true, 0, -1, 7, 1e9, '', 'x', '{"a":1}', '__proto__'),
    fc.constantFrom(...words),
  )
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 5, depthSize: 'small' },
      leaf,
      fc.array(tie('value'), { maxLength: 3 }),
      fc
        .array(fc.tuple(fc.constantFrom(...keys, '__proto__'), tie('value')), { maxLength: 5 })
        .map((entries) => JSON.parse(JSON.stringify(Object.fromEntries(entries)))),
    ),
  }))
  return value
}

function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const part of Object.values(value)) freeze(part)
  return value
}

/** Nothing that looks at a value throws, changes it or what came before, or lets a call that is complete change. */
export function expectNoHarm<T, M, S>(dialect: LlmDialect<T, S, M>, events: readonly unknown[]): void {
  const memory = dialect.memory?.() as M
  const complete = new Map<number, string>()
  let message: Message<S> | undefined
  for (const event of events) {
    dialect.read({ data: JSON.stringify(event) }, memory)
    const value = freeze(event) as T
    expect(typeof dialect.text(value)).toBe('string')
    expect(typeof dialect.isContent?.(value)).toBe('boolean')
    expect(['string', 'undefined']).toContain(typeof dialect.idOf?.(value, memory))
    expect(dialect.isSame?.(value, structuredClone(value))).toBe(true)
    dialect.withText?.(value, 'y')
    message = freeze(dialect.accumulate(message, value))
    expect([typeof message.text, typeof message.reasoning]).toEqual(['string', 'string'])
    for (const [at, call] of message.toolCalls.entries()) {
      if (complete.has(at)) expect(call.complete && call.arguments).toBe(complete.get(at))
      if (call.complete) complete.set(at, call.arguments)
    }
  }
  expect(structuredClone(memory)).toEqual(memory)
  expect(({} as Record<string, unknown>).polluted).toBeUndefined()
}
