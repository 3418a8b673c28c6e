import OpenAI from 'openai'
import type { Run } from './peer.ts'

/**
 * The SDK's README, "Streaming responses": `create` with `stream: true`, read with `for await`; "Timeouts": `timeout`.
 * Retries are left as they are, two by default.
 */
export const run: Run = async (url, deliver) => {
  const client = new OpenAI({ apiKey: 'sk-test', baseURL: `${url}/v1`, timeout: 1_500 })
  const stream = await client.chat.completions.create({
    model: 'test-model',
    messages: [{ role: 'user', content: 'Say this is a test' }],
    stream: true,
  })
  for await (const chunk of stream) deliver(chunk.choices[0]?.delta?.content ?? '')
}
