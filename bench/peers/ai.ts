import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { streamText } from 'ai'
import type { Run } from './peer.ts'

/**
 * The AI SDK's docs, "Error Handling", section "Handling streaming errors (streaming with `error` support)": the parts
 * `error` and `abort` of `stream`; "Settings", `timeout`: the longest wait for the first and for each further output, and for
 * the step, since the first two begin with the response. Retries are left as they are, two by default before the stream begins.
 */
export const run: Run = async (url, deliver) => {
  const gateway = createOpenAICompatible({ name: 'gateway', apiKey: 'sk-test', baseURL: `${url}/v1` })
  const { stream } = streamText({
    model: gateway.chatModel('test-model'),
    prompt: 'Invent a new holiday and describe its traditions.',
    timeout: { firstChunkMs: 1_500, chunkMs: 1_500, stepMs: 7_000 },
    onError() {}, // The same error as in the stream; by default it goes to the console.
  })
  for await (const part of stream) {
    switch (part.type) {
      case 'text-delta':
        deliver(part.text)
        break
      case 'error':
        throw part.error
      case 'abort':
        throw new DOMException(part.reason ?? 'aborted', 'AbortError')
    }
  }
}
