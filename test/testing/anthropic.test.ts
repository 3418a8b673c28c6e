import { describe, expect, it } from 'vitest'
import { anthropicMessages, fromEventStream } from '../../src/index.ts'
import {
  canServe,
  inAnthropicWords,
  type ScenarioName,
  scenarios,
  startFaultServer,
} from '../../src/testing/index.ts'
import { collect } from '../collect.ts'
import { type HonestOutcome, honestOutcome, patience, textOf } from '../endings.ts'

const names = Object.keys(scenarios) as ScenarioName[]
const translated = names.flatMap((name) => {
  const scenario = inAnthropicWords(scenarios[name])
  return scenario !== undefined && canServe(scenario) ? [{ name, scenario }] : []
})

/** Where these words have another honest outcome. */
const inTheseWords: Partial<Record<ScenarioName, HonestOutcome>> = {
  // The first event of a group has no ID: that it is sent again is no place from which one could follow.
  'resume-ignored': {
    ending: { kind: 'stream_terminated', code: 'resume_mismatch', retryable: false },
    requests: 2,
  },
}

describe('a scenario in the words of Anthropic Messages', () => {
  it('exists for most', () => {
    expect(translated.length).toBeGreaterThan(names.length / 2)
  })

  it('does not exist for the words of other APIs', () => {
    expect(inAnthropicWords(scenarios['in-band-x-groq'])).toBeUndefined()
    expect(inAnthropicWords(scenarios['in-band-error-then-done'])).toBeUndefined()
    expect(inAnthropicWords({ fixture: 'data: 1\n\n' })).toBeUndefined()
    expect(inAnthropicWords({ events: ['{"choices":[{"delta":{"tool_calls":[]}}]}'] })).toBeUndefined()
  })

  it.concurrent.each(translated)(
    'has the same text and the same ending: $name',
    async ({ name, scenario }) => {
      const server = await startFaultServer(scenario)
      const outcome = inTheseWords[name] ?? honestOutcome(name, 'http/1.1')
      const { values, error } = await collect(
        fromEventStream(server.url, {
          dialect: anthropicMessages(),
          ...patience(name),
        }),
      )
      await server.close()
      const text = values.map((event) => textDelta(event)).join('')
      expect(text).toBe(textOf(outcome))
      const { ending } = outcome
      if (ending === 'complete') expect(error).toBeUndefined()
      else expect(error).toMatchObject({ kind: ending.kind, ...(ending.reason && { reason: ending.reason }) })
    },
  )
})

const textDelta = (event: unknown): string => (event as { delta?: { text?: string } }).delta?.text ?? ''
