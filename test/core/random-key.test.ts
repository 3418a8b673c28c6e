import { afterEach, describe, expect, it, vi } from 'vitest'
import { randomKey } from '../../src/session/random-key.ts'

afterEach(() => void vi.unstubAllGlobals())

describe('a random key', () => {
  it('is another one each time', () => {
    expect(randomKey()).not.toBe(randomKey())
    expect(randomKey()).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('is made on pages without TLS too, where there is no randomUUID', () => {
    const { crypto } = globalThis
    vi.stubGlobal('crypto', { getRandomValues: crypto.getRandomValues.bind(crypto) })
    expect(randomKey()).toMatch(/^[0-9a-f]{32}$/)
    expect(randomKey()).not.toBe(randomKey())
  })
})
