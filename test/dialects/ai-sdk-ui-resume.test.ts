import { describe, expect, it } from 'vitest'
import { type AiSdkUiChunk, aiSdkUi, fromEventStream, type ResumeStrategy } from '../../src/index.ts'
import { collect } from '../collect.ts'
import { serve } from '../server.ts'

const chunks: AiSdkUiChunk[] = [
  { type: 'start', messageId: 'm' },
  { type: 'text-start', id: 't' },
  ...['One', ' two', ' three'].map((delta) => ({ type: 'text-delta' as const, id: 't', delta })),
  { type: 'text-end', id: 't' },
  { type: 'finish', finishReason: 'stop' },
]
const lines = chunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`)

/** As in examples/dialect-ai-sdk-ui.ts. */
const fromChat: ResumeStrategy = {
  name: 'fromChat',
  keeps: 1024 * 1024,
  resume({ values, request: { url } }) {
    if (values === undefined) return undefined
    url.pathname += '/chat-7/stream'
    return { type: 'replay', request: { method: 'GET', url } }
  },
}

/** Cuts the answer to the POST, and the first `cuts` to a GET; then sends it whole, or has nothing. */
const chatServer = (cuts: number, kept: boolean) =>
  serve((req, res, n) => {
    req.resume()
    if (req.method === 'GET' && !kept) {
      res.writeHead(204).end()
      return
    }
    res.writeHead(200, { 'content-type': 'text/event-stream', 'x-vercel-ai-ui-message-stream': 'v1' })
    if (n > cuts) res.end(`${lines.join('')}data: [DONE]\n\n`)
    else res.write(lines.slice(0, 2 + n).join(''), () => setTimeout(() => res.socket?.destroy(), 10))
  })

const ask = (url: string) =>
  collect(
    fromEventStream(`${url}/api/chat`, {
      body: { id: 'chat-7', messages: [] },
      dialect: aiSdkUi(),
      resume: fromChat,
      retry: { delay: 1, jitter: 'none' },
    }),
  )

describe('an answer of the AI SDK that was cut', () => {
  it('is read on from the chat, each chunk once', async () => {
    const server = await chatServer(2, true)
    const seen = await ask(server.url)
    expect(seen).toEqual({ values: chunks, completed: true, error: undefined })
    expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'POST /api/chat',
      'GET /api/chat/chat-7/stream',
      'GET /api/chat/chat-7/stream',
    ])
  })

  it('stays cut where the server has nothing to resume', async () => {
    const server = await chatServer(1, false)
    const { values, error } = await ask(server.url)
    expect(values).toEqual(chunks.slice(0, 3))
    expect(error).toMatchObject({ kind: 'stream_terminated', code: 'no_content', reason: 'not_resumed' })
    expect(server.requests).toHaveLength(2)
  })
})
