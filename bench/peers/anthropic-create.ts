import Anthropic from '@anthropic-ai/sdk'
import type { Run } from './peer.ts'

/**
 * The SDK's helpers.md, "Streaming Responses": `messages.create` with `stream: true`, read with `for await`; its
 * documented `timeout`. Retries are left as they are, two by default.
 */
export const run: Run = async (url, deliver) => {
  const client = new Anthropic({ apiKey: 'sk-test', baseURL: url, timeout: 1_500 })
  const stream = await client.messages.create({
    model: 'test-model',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'Hello, Claude' }],
    stream: true,
  })
  for await (const event of stream) {
    if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') deliver(event.delta.text)
  }
}
