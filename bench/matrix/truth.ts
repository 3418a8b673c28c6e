import { COMPLETION_TEXT, type ScenarioName, scenarios } from '../../src/testing/index.ts'
import { honestOutcome, textOf, type WireName } from '../../test/endings.ts'
import type { Truth } from './verdict.ts'

/** What there is to see in a scenario over a wire, for a client that knows nothing but the wire. */
export function truthOf(name: ScenarioName, wire: WireName): Truth {
  const outcome = honestOutcome(name, wire)
  if (outcome.ending !== 'complete') {
    return {
      ending: outcome.ending.kind === 'stream_error' ? 'refused' : 'failed',
      isFlawless: false,
      wholeTexts: [COMPLETION_TEXT],
    }
  }
  const before = (scenarios[name].answers ?? []).slice(0, (outcome.requests ?? 1) - 1)
  return {
    ending: 'complete',
    isFlawless: before.every(({ status = 200 }) => status >= 300 && status < 400),
    wholeTexts: [textOf(outcome), COMPLETION_TEXT],
  }
}
