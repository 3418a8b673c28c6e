import { type Answer, chatCompletion, type Scenario, type ScenarioEvent } from '../../src/testing/index.ts'

const one = (answer: Answer): Scenario => ({ answers: [answer] })
const cut = (events: readonly ScenarioEvent[]): Scenario =>
  one({ events, fault: { type: 'fin', after: { events: events.length } } })
const whole = (events: readonly ScenarioEvent[]): Scenario => one({ events })

/** Of OpenAI's Responses: what there is to number is in the JSON. */
const inResponse = (sequence_number: number, type: string, more: object): string =>
  JSON.stringify({ type, sequence_number, ...more })
const response = { response: { id: 'resp_7' } }

const inMcp = (id: string, message: object): ScenarioEvent => ({
  id,
  data: JSON.stringify({ jsonrpc: '2.0', ...message }),
})
const progress = (number: number): object => ({
  method: 'notifications/progress',
  params: { progressToken: 'p', progress: number },
})

/** Servers that have no named scenario, for what the pages show. */
export const pageScenarios = {
  /** The rest of an answer: what a model says that begins a little before the cut. */
  rest: whole(chatCompletion(' that stops early is not a short answer.')),
  another: whole(chatCompletion('A stream that never stops is another answer.')),
  numbered: { ids: true },
  lines: cut(['compile', 'link', 'test']),
  'more-lines': whole(['pack', '[DONE]']),
  response: cut([
    inResponse(0, 'response.created', response),
    inResponse(1, 'response.output_text.delta', { delta: 'A stream' }),
    inResponse(2, 'response.output_text.delta', { delta: ' that stops' }),
  ]),
  'rest-of-response': whole([
    inResponse(3, 'response.output_text.delta', { delta: ' early is not a short answer.' }),
    inResponse(4, 'response.completed', response),
  ]),
  'tool-call': cut([{ id: 'a1', data: '' }, inMcp('a2', progress(1))]),
  'rest-of-tool-call': whole([
    inMcp('a3', progress(2)),
    inMcp('a4', { id: 3, result: { content: [{ type: 'text', text: 'built' }] } }),
  ]),
} satisfies Record<string, Scenario>
