import Anthropic from '@anthropic-ai/sdk'
import type { Run } from './peer.ts'

/**
 * The SDK's helpers.md, "MessageStream API": `messages.stream()`, its `text` event, and the promise of the final
 * message; its documented `timeout`. Retries are left as they are, two by default.
 */
export const run: Run = async (url, deliver) => {
  const client = new Anthropic({ apiKey: 'sk-test', baseURL: url, timeout: 1_500 })
  const stream = client.messages.stream({
    model: 'test-model',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'Hello, Claude' }],
  })
  stream.on('text', (delta) => deliver(delta))
  await stream.finalMessage()
}
