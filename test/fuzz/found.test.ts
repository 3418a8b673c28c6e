import { describe, expect, it } from 'vitest'
import { geminiInteractions, openaiResponses } from '../../src/index.ts'
import { corpusInputs, foundCases } from './corpus.ts'
import { runInput } from './targets.ts'

describe('what a fuzzer has found stays mended', () => {
  const cases = foundCases()

  it.each(cases.map((found) => [found.name, found] as const))('%s', (_, { input, shows }) => {
    expect(shows).not.toBe('')
    expect(typeof runInput(input)).toBe('string')
  })

  it('there are such cases', () => {
    expect(cases.length).toBeGreaterThan(0)
  })
})

describe('the corpus', () => {
  it('holds every rule', () => {
    const inputs = corpusInputs()
    expect(inputs.length).toBeGreaterThan(0)
    const broken = inputs.flatMap((input) => {
      try {
        runInput(input)
        return []
      } catch (error) {
        return [{ input, error }]
      }
    })
    expect(broken).toEqual([])
  })
})

describe('an ID that a server makes up', () => {
  const request = () => ({ method: 'POST', url: new URL('http://api.test/v1/things'), body: undefined })
  const wires = {
    'gemini-interactions': {
      dialect: geminiInteractions(),
      event: (id: string) => ({ interaction: { id } }),
    },
    'openai-responses': {
      dialect: openaiResponses(),
      event: (id: string) => ({ type: 'response.created', response: { id, background: true } }),
    },
  }

  it.each(Object.entries(wires))(
    'of %s is asked for only if it names a resource',
    (_, { dialect, event }) => {
      const resumedAt = (id: string): string | undefined => {
        const memory = dialect.memory?.()
        dialect.read({ data: JSON.stringify(event(id)) }, memory)
        return (dialect.resume?.(request(), '7', memory)?.url as URL | undefined)?.pathname
      }
      expect(resumedAt('r_1')).toBe('/v1/things/r_1')
      expect(resumedAt('a/b?c')).toBe('/v1/things/a%2Fb%3Fc')
      for (const id of ['', '.', '..', '\ud800', 'x\udc00', 'x'.repeat(1_025)])
        expect(resumedAt(id), JSON.stringify(id).slice(0, 20)).toBeUndefined()
    },
  )
})
