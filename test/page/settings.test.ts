import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { answerText, answerTokens, renderAnswer } from '../../page/src/wire/answers.ts'
import { deathOf, deaths } from '../../page/src/wire/deaths.ts'
import { scenarioOf } from '../../page/src/wire/scenario-of.ts'
import {
  controlApplies,
  controls,
  defaultSettings,
  settingsFromHash,
  settingsToHash,
  withinRange,
} from '../../page/src/wire/switchboard.ts'
import type { Control, Settings } from '../../page/src/wire/types.ts'
import { assertScenario, canServe } from '../../src/testing/index.ts'

const anyValueOf = (control: Control): fc.Arbitrary<unknown> => {
  if (control.type === 'flag') return fc.boolean()
  if (control.type === 'position') return fc.nat(250)
  return fc.constantFrom(...control.choices.map(({ value }) => value).filter((value) => value !== '10000'))
}

const anySettings = fc
  .record(Object.fromEntries(controls.map((control) => [control.key, anyValueOf(control)])))
  .map((settings) => withinRange(settings as unknown as Settings))

describe('the switchboard', () => {
  it('has a control for each setting, each with words', () => {
    expect(controls.map(({ key }) => key).sort()).toEqual(Object.keys(defaultSettings).sort())
    for (const control of controls) {
      expect(control.label).not.toBe('')
      expect(control.about).toMatch(/\.$/)
      if (control.type !== 'choice') continue
      expect(control.choices.map(({ value }) => value)).toContain(String(defaultSettings[control.key]))
      for (const { label, about } of control.choices) {
        expect(label).not.toBe('')
        expect(about).toMatch(/\.$/)
      }
    }
  })

  it('goes to an address and back', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        expect(settingsFromHash(settingsToHash(settings))).toEqual(settings)
      }),
      { numRuns: 200 },
    )
    expect(settingsToHash(defaultSettings)).toBe('')
    expect(settingsToHash({ ...defaultSettings, death: 'fin', at: 3 })).toBe('#death=fin&at=3')
  })

  it('bears any address', () => {
    expect(settingsFromHash('#death=nothing&at=-1&ids=perhaps&__proto__=x&rate=%E0%A4%A&x=1')).toEqual(
      defaultSettings,
    )
    expect(settingsFromHash('#death=fin&length=short&at=99999')).toMatchObject({
      death: 'fin',
      at: answerTokens({ length: 'short' }).length,
    })
    fc.assert(
      fc.property(fc.string(), (hash) => {
        expect(settingsToHash(settingsFromHash(settingsToHash(settingsFromHash(hash))))).toBe(
          settingsToHash(settingsFromHash(hash)),
        )
      }),
    )
  })

  it('gives a scenario that the fault kit can play over HTTP/1.1, whatever is set', () => {
    fc.assert(
      fc.property(anySettings, (settings) => {
        const { scenario, path } = scenarioOf(settings)
        expect(path).toMatch(/^\//)
        if (settings.death === 'refused-connection') {
          expect(scenario).toBe('nobody')
          return
        }
        assertScenario(scenario)
        expect(canServe(scenario)).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  it('knows which controls change nothing', () => {
    expect(controlApplies('at', { ...defaultSettings, death: 'refused-status' })).toBe(false)
    expect(controlApplies('at', { ...defaultSettings, death: 'fin' })).toBe(true)
    expect(controlApplies('ids', { ...defaultSettings, dialect: 'openai-responses' })).toBe(false)
    expect(controlApplies('rate', { ...defaultSettings, death: 'refused-connection' })).toBe(false)
    expect(controlApplies('code', { ...defaultSettings, afterwards: 'refused' })).toBe(true)
    for (const control of controls) {
      const [base, changed] = [
        { ...defaultSettings, death: 'whole' as const },
        controlApplies(control.key, { ...defaultSettings, death: 'whole' }),
      ]
      if (changed || control.type !== 'choice' || control.key === 'retries') continue
      for (const { value } of control.choices) {
        const same =
          JSON.stringify(scenarioOf({ ...base, [control.key]: value })) === JSON.stringify(scenarioOf(base))
        expect(same, `${control.key}: ${value}`).toBe(true)
      }
    }
  })

  it('has a row for each way to fail, and knows no other', () => {
    expect(new Set(deaths.map(({ value }) => value)).size).toBe(deaths.length)
    expect(() => deathOf('no' as 'fin')).toThrow(RangeError)
  })
})

describe('the answer', () => {
  it.each(['openai-chat', 'anthropic-messages', 'openai-responses', 'raw'] as const)(
    'is the same text on every wire: %s',
    (dialect) => {
      const tokens = answerTokens(defaultSettings)
      const { events, before } = renderAnswer(tokens, dialect)
      const text = events.slice(before, before + tokens.length).map((event) => {
        const data = JSON.parse(typeof event === 'string' ? event : 'data' in event ? event.data : '')
        if (typeof data === 'string') return data
        return data.choices?.[0]?.delta.content ?? data.delta.text ?? data.delta
      })
      expect(text.join('')).toBe(answerText(defaultSettings))
    },
  )

  it('is long enough to look at, and as long as is asked for', () => {
    expect(answerTokens(defaultSettings).length).toBeGreaterThan(150)
    expect(answerTokens({ length: '10000' })).toHaveLength(10_000)
  })
})
