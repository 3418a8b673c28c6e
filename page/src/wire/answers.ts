import { type ChatChunkOptions, chatCompletion } from '../../../src/testing/completion.ts'
import type { ScenarioEvent } from '../../../src/testing/scenario.ts'
import type { ChatDialect, Settings } from './types.ts'

/** What the model tells: of a stream that was cut, and resumed where it had been. */
const ANSWER_TEXT =
  'In the summer of 1858 a copper wire lay on the floor of the Atlantic – a finger’s breadth of gutta-percha around it ' +
  '– and for the first time a sentence could cross the ocean faster than a ship. Queen Victoria’s greeting had ' +
  'ninety-eight words; it took some sixteen hours to arrive. The signal came so faint, so smeared, that the clerks ' +
  'kept asking: “Repeat, please.” After three weeks the line fell silent – too high a voltage had ruined it.\n\n' +
  'Seven years later the Great Eastern set out with a better cable. Two thirds of the way across it snapped – and ' +
  'sank. The crew did not begin anew. They noted where it had parted, came back the next summer, laid a second cable, ' +
  'and then fished for the first – four kilometres down, for weeks – until a grapnel brought its end on deck. An ' +
  'electrician touched the wires. “Ireland answers!” The ends were spliced – the ship sailed on – and what had been ' +
  'broken off in mid-ocean became a whole line, without a single mile of it laid twice.'

const SHORT_TEXT =
  'A cable was cut in mid-ocean – and a year later its end was found, spliced, and carried on.'

/** What another answer to the same question sounds like. */
const OTHER_TEXT =
  'Telegraph cables were first laid across rivers and harbours. By 1851 one joined Dover and Calais – twenty-one ' +
  'miles of it – and brokers in two capitals could quarrel over prices before lunch.'

/** A word with the blank before it; a line break stands with what follows it. */
const tokensOf = (text: string): string[] => text.match(/\s*\S+/gu) ?? []

const TOKENS: Readonly<Record<Settings['length'], () => readonly string[]>> = {
  short: () => tokensOf(SHORT_TEXT),
  usual: () => tokensOf(ANSWER_TEXT),
  10000: () => {
    const once = tokensOf(`${ANSWER_TEXT}\n\n`)
    return Array.from({ length: 10_000 }, (_, index) => {
      const token = once[index % once.length] as string
      return index > 0 && index % once.length === 0 ? `\n\n${token}` : token
    })
  },
}

const made = new Map<Settings['length'], readonly string[]>()

/** The tokens of the answer: joined, they are its text. */
export function answerTokens({ length }: Pick<Settings, 'length'>): readonly string[] {
  const tokens = made.get(length) ?? TOKENS[length]()
  made.set(length, tokens)
  return tokens
}

/** The whole answer. */
export const answerText = (settings: Pick<Settings, 'length'>): string => answerTokens(settings).join('')

/** From and to where `settings.at` can be. */
export const strikeRange = (
  settings: Pick<Settings, 'length'>,
): { readonly from: number; readonly to: number } => ({
  from: 0,
  to: answerTokens(settings).length,
})

export const otherTokens: readonly string[] = tokensOf(OTHER_TEXT)

/** An answer as the events of a wire. */
export interface Rendered {
  readonly events: readonly ScenarioEvent[]
  /** Events before the first token: so many more than tokens have been sent when a token is due. */
  readonly before: number
}

const named = (data: { readonly type: string; readonly [field: string]: unknown }): ScenarioEvent => ({
  event: data.type,
  data: JSON.stringify(data),
})

function asChat(tokens: readonly string[]): Rendered {
  const options: ChatChunkOptions = { id: 'chatcmpl-cable', model: 'cable-1' }
  return { events: chatCompletion(tokens, options), before: 1 }
}

/** [anthropic] */
function asAnthropic(tokens: readonly string[]): Rendered {
  const message = {
    id: 'msg_cable',
    type: 'message',
    role: 'assistant',
    model: 'cable-1',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 9, output_tokens: 1 },
  }
  const start = [
    named({ type: 'message_start', message }),
    named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
  ]
  const pieces = tokens.map((text) =>
    named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
  )
  const end = [
    named({ type: 'content_block_stop', index: 0 }),
    named({
      type: 'message_delta',
      delta: { stop_reason: 'end_turn', stop_sequence: null },
      usage: { output_tokens: tokens.length },
    }),
    named({ type: 'message_stop' }),
  ]
  return { events: [...start, ...pieces, ...end], before: start.length }
}

/** [openai]: Responses, without the repetitions of the text at its end. */
function asResponses(tokens: readonly string[]): Rendered {
  let sequence_number = 0
  const next = (type: string, fields: object): ScenarioEvent =>
    named({ type, sequence_number: sequence_number++, ...fields })
  const text = tokens.join('')
  const item = { id: 'msg_cable', type: 'message', role: 'assistant' }
  const response = { id: 'resp_cable', object: 'response', model: 'cable-1', error: null }
  const at = { item_id: item.id, output_index: 0, content_index: 0 }
  const part = { type: 'output_text', annotations: [] }
  const start = [
    next('response.created', { response: { ...response, status: 'in_progress', output: [] } }),
    next('response.output_item.added', {
      output_index: 0,
      item: { ...item, status: 'in_progress', content: [] },
    }),
    next('response.content_part.added', { ...at, part: { ...part, text: '' } }),
  ]
  const pieces = tokens.map((delta) => next('response.output_text.delta', { ...at, delta }))
  const whole = { ...item, status: 'completed', content: [{ ...part, text }] }
  const end = [
    next('response.output_text.done', { ...at, text }),
    next('response.output_item.done', { output_index: 0, item: whole }),
    next('response.completed', { response: { ...response, status: 'completed', output: [whole] } }),
  ]
  return { events: [...start, ...pieces, ...end], before: start.length }
}

const asRaw = (tokens: readonly string[]): Rendered => ({
  // A line break inside the data would be two lines, and the blank before a word would be eaten: JSON keeps both.
  events: [...tokens.map((token) => JSON.stringify(token)), '[DONE]'],
  before: 0,
})

const RENDER: Readonly<Record<ChatDialect, (tokens: readonly string[]) => Rendered>> = {
  'openai-chat': asChat,
  'anthropic-messages': asAnthropic,
  'openai-responses': asResponses,
  raw: asRaw,
}

/** An answer as a wire says it, end marker included. */
export const renderAnswer = (tokens: readonly string[], dialect: ChatDialect): Rendered =>
  RENDER[dialect](tokens)
