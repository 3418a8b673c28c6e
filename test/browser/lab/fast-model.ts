import { createServer } from 'node:http'
import { chatChunk } from '../../../src/testing/index.ts'

/** A model that is faster than a screen. */
export interface FastModel extends AsyncDisposable {
  readonly url: string
  /** What one answer says. */
  readonly text: string
}

/** Answers each request with so many tokens at this rate, as a Chat Completion. */
export async function startFastModel(tokens: number, perSecond: number): Promise<FastModel> {
  const words = Array.from({ length: tokens }, (_, index) => `${index % 20 === 19 ? '\n' : ' '}token${index}`)
  const events = words.map((content) => `data: ${chatChunk({ content })}\n\n`)
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'access-control-allow-origin': '*' })
    const startedAt = performance.now()
    let sent = 0
    const timer = setInterval(() => {
      const due = Math.min(tokens, Math.floor(((performance.now() - startedAt) * perSecond) / 1_000))
      if (due > sent) response.write(events.slice(sent, due).join(''))
      sent = due
      if (sent < tokens) return
      clearInterval(timer)
      response.end(`data: ${chatChunk({}, 'stop')}\n\ndata: [DONE]\n\n`)
    }, 1)
    response.on('close', () => clearInterval(timer))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    text: words.join(''),
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}
