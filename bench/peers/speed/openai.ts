import OpenAI from 'openai'
import type { Read } from '../../speed/contender.ts'

/** The SDK's README, "Streaming responses". One client for all streams of a server, as an application has. */
const clients = new Map<string, OpenAI>()

function clientOf(baseURL: string): OpenAI {
  const client = clients.get(baseURL) ?? new OpenAI({ apiKey: 'sk-test', baseURL })
  clients.set(baseURL, client)
  return client
}

export const read: Read = async (url, onEvent) => {
  const stream = await clientOf(url).chat.completions.create({
    model: 'm',
    messages: [{ role: 'user', content: 'Say this is a test' }],
    stream: true,
  })
  for await (const chunk of stream) onEvent(chunk)
}
