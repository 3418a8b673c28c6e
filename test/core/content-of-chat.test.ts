import { describe, expect, it } from 'vitest'
import { type ChatCompletionChunk, openaiChat } from '../../src/index.ts'
import { VirtualStream } from '../resume/virtual.ts'
import { plain } from '../resume/wire-text.ts'

const chunkOf = (delta: unknown, finishReason: string | null = null): string =>
  JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finishReason }] })

const isContent = (chunk: string): boolean | undefined =>
  openaiChat().isContent?.(JSON.parse(chunk) as ChatCompletionChunk)

describe('a chunk of a chat', () => {
  it.each<[string, object]>([
    ['text', { content: 'a' }],
    ['text beside the role', { role: 'assistant', content: 'a' }],
    ['a refusal', { refusal: 'no' }],
    ['a tool call', { tool_calls: [{ index: 0, id: 'c' }] }],
    ['a call as it was before tools', { function_call: { name: 'f', arguments: '{' } }],
    ['audio', { audio: { data: 'AAAA' } }],
    ['images', { images: [{}] }],
    ['reasoning_content', { reasoning_content: 'hm' }],
    ['reasoning', { reasoning: 'hm' }],
    ['reasoning_details', { reasoning_details: [{ text: 'hm' }] }],
    ['what nobody has thought of yet', { thinking: 'hm' }],
  ])('is content with %s in its delta: it is delivered at once', (_, delta) => {
    expect(isContent(chunkOf(delta))).toBe(true)
    const stream = new VirtualStream<ChatCompletionChunk>([{ text: plain(chunkOf(delta)), end: 'open' }], {
      body: {},
      dialect: openaiChat(),
    }).start()
    expect(stream.values).toHaveLength(1)
    stream.session.stop()
  })

  it('is content with a finish_reason, whatever its delta', () => {
    for (const delta of [{}, null, undefined, { content: '' }])
      expect(isContent(chunkOf(delta, 'stop'))).toBe(true)
  })

  it.each<[string, unknown]>([
    ['nothing', {}],
    ['the role', { role: 'assistant' }],
    ['the role and an empty text', { role: 'assistant', content: '' }],
    [
      'fields that are null',
      { role: 'assistant', content: null, refusal: null, tool_calls: null, audio: null },
    ],
    ['an empty object', { role: 'assistant', content: '', provider_specific_fields: {} }],
    ['empty lists', { tool_calls: [], images: [], reasoning_details: [] }],
    ['an empty text of any name', { reasoning: '', thinking: '' }],
    ['no object', null],
  ])('is none with %s in its delta: it is held back', (_, delta) => {
    expect(isContent(chunkOf(delta))).toBe(false)
  })

  it('is none without choices', () => {
    for (const chunk of [
      '{"choices":[]}',
      '{"choices":[],"usage":{}}',
      '{"choices":null}',
      '{}',
      '{"choices":[null]}',
    ])
      expect(isContent(chunk), chunk).toBe(false)
  })
})
