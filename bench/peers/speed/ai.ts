import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { streamText } from 'ai'
import type { Read } from '../../speed/contender.ts'

/** The AI SDK's docs, "Generating Text", `streamText` and its stream of parts. */
export const read: Read = async (url, onEvent) => {
  const gateway = createOpenAICompatible({ name: 'gateway', apiKey: 'sk-test', baseURL: url })
  const { stream } = streamText({ model: gateway.chatModel('m'), prompt: 'Invent a new holiday.' })
  for await (const part of stream) {
    if (part.type === 'text-delta') onEvent(part.text)
    else if (part.type === 'error') throw part.error
  }
}
