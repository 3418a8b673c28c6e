import { type Dialect, done, failed, fromEventStream, ignored } from 'rx-sse'

const url = process.argv[2] ?? 'https://mcp.example/mcp'

interface Message {
  id?: number
  method?: string
  params?: { progress?: number }
  result?: { content: { text: string }[] }
  error?: { code: number; message: string }
}

/** The stream that answers the request `id`. */
const mcp = (id: number): Dialect<Message> => ({
  name: 'mcp',
  read({ data }) {
    if (data === '') return ignored // brings an ID to resume from, and no message
    const message: Message = JSON.parse(data)
    if (message.id !== id || message.method) return message
    return message.error ? failed({ ...message.error, payload: message }) : done(message)
  },
  resume: () => ({ method: 'GET' }),
  polls: true,
})

const body = { jsonrpc: '2.0', id: 3, method: 'tools/call', params: { name: 'build' } }

fromEventStream(url, {
  body,
  headers: { accept: 'application/json, text/event-stream', 'mcp-protocol-version': '2025-11-25' },
  dialect: mcp(body.id),
  retry: { delay: 100 },
}).subscribe({
  next: ({ params, result }) => console.log(params?.progress ?? result?.content[0]?.text),
  complete: () => console.log('complete'),
  error: (error) => console.log(error.code),
})
