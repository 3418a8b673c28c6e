import Anthropic from '@anthropic-ai/sdk'
import type { Read } from '../../speed/contender.ts'

/** The SDK's helpers.md, "Streaming Responses". One client for all streams of a server, as an application has. */
const clients = new Map<string, Anthropic>()

function clientOf(baseURL: string): Anthropic {
  const client = clients.get(baseURL) ?? new Anthropic({ apiKey: 'sk-test', baseURL })
  clients.set(baseURL, client)
  return client
}

export const read: Read = async (url, onEvent) => {
  const stream = await clientOf(url).messages.create({
    model: 'm',
    max_tokens: 1024,
    messages: [{ role: 'user', content: 'Hello, Claude' }],
    stream: true,
  })
  for await (const event of stream) if (event.type === 'content_block_delta') onEvent(event)
}
