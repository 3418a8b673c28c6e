import OpenAI from 'openai'
import type { Run } from './peer.ts'

/**
 * The SDK's helpers.md, "Chat Streaming": `chat.completions.stream()`, its `content` event, and the promise of the final
 * completion; README, "Timeouts": `timeout`. Retries are left as they are, two by default.
 */
export const run: Run = async (url, deliver) => {
  const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${url}/v1`, timeout: 1_500 })
  const stream = client.chat.completions.stream({
    model: 'test-model',
    messages: [{ role: 'user', content: 'Say this is a test' }],
  })
  stream.on('content', (delta) => deliver(delta))
  await stream.finalChatCompletion()
}
