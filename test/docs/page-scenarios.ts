import {
  type Answer,
  chatChunk,
  chatCompletion,
  type Scenario,
  type ScenarioEvent,
} from '../../src/testing/index.ts'

const one = (answer: Answer): Scenario => ({ answers: [answer] })
const cut = (events: readonly ScenarioEvent[]): Scenario =>
  one({ events, fault: { type: 'fin', after: { events: events.length } } })
const whole = (events: readonly ScenarioEvent[]): Scenario => one({ events })

/** Of OpenAI's Responses: what there is to number is in the JSON. */
const inResponse = (sequence_number: number, type: string, more: object): string =>
  JSON.stringify({ type, sequence_number, ...more })
const response = { response: { id: 'resp_7' } }

const inLog = (number: number, text: string, more: object = {}): string =>
  JSON.stringify({ number, text, ...more })

const inMcp = (id: string, message: object): ScenarioEvent => ({
  id,
  data: JSON.stringify({ jsonrpc: '2.0', ...message }),
})
const progress = (number: number): object => ({
  method: 'notifications/progress',
  params: { progressToken: 'p', progress: number },
})

const inGemini = (text: string, more: object = {}): string =>
  JSON.stringify({ candidates: [{ index: 0, content: { role: 'model', parts: [{ text }] }, ...more }] })

const inAnthropic = (type: string, more: object): ScenarioEvent => ({
  event: type,
  data: JSON.stringify({ type, ...more }),
})
const messageStart = {
  message: { id: 'msg_7', role: 'assistant', model: 'm', content: [], stop_reason: null },
}
const textDelta = (text: string): ScenarioEvent =>
  inAnthropic('content_block_delta', { index: 0, delta: { type: 'text_delta', text } })

const toolDelta = (call: object): string => chatChunk({ tool_calls: [{ index: 0, ...call }] })
const toolCall: readonly string[] = [
  toolDelta({ id: 'call_7', type: 'function', function: { name: 'delete', arguments: '' } }),
  toolDelta({ function: { arguments: '{"path":' } }),
  toolDelta({ function: { arguments: '"/tmp/old' } }),
]

/** Servers that have no named scenario, for what the pages show. */
export const pageScenarios = {
  /** The rest of an answer: what a model says that begins a little before the cut. */
  rest: whole(chatCompletion(' that stops early is not a short answer.')),
  another: whole(chatCompletion('A stream that never stops is another answer.')),
  numbered: { ids: true },
  'numbered, silent after four': {
    ids: true,
    answers: [{ fault: { type: 'stall', after: { events: 4 } } }, {}],
  },
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
  'log-lines': cut([inLog(1, 'compile'), inLog(2, 'link')]),
  'more-log-lines': whole([inLog(3, 'test'), inLog(4, 'pack', { last: true })]),
  jobs: whole(['{"state":"running","percent":40}', '{"state":"finished"}']),
  'failed-job': whole(['{"state":"running","percent":40}', '{"state":"failed","reason":"disk full"}']),
  gemini: whole([inGemini('A stream'), inGemini(' that stops', { finishReason: 'STOP' })]),
  'cut-message': cut([
    inAnthropic('message_start', messageStart),
    inAnthropic('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
    textDelta('A stream'),
    textDelta(' that stops'),
  ]),
  tool: whole([
    ...toolCall,
    toolDelta({ function: { arguments: '-cache"}' } }),
    chatChunk({}, 'tool_calls'),
    '[DONE]',
  ]),
  'cut-tool': cut([...toolCall, toolDelta({ function: { arguments: '"}' } })]),
  'tool-call': cut([{ id: 'a1', data: '' }, inMcp('a2', progress(1))]),
  'rest-of-tool-call': whole([
    inMcp('a3', progress(2)),
    inMcp('a4', { id: 3, result: { content: [{ type: 'text', text: 'built' }] } }),
  ]),
} satisfies Record<string, Scenario>
