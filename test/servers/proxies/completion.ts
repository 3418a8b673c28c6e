import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { defaultCompletion, type ScenarioEvent } from '../../../src/testing/index.ts'

const completion: readonly ScenarioEvent[] = defaultCompletion

/** The data of every event of the whole stream, `[DONE]` included. */
export const truth: readonly string[] = completion.flatMap((event) =>
  typeof event === 'string' ? event : 'data' in event ? event.data : [],
)

/** Events that have been sent when an origin dies: the role and four tokens. */
export const MIDWAY = 5

/** Part of the stream as it goes over the wire, with the IDs 1, 2, … */
export const written = (from: number, to: number): string =>
  truth
    .slice(from, to)
    .map((data, index) => `${data === '[DONE]' ? '' : `id: ${from + index + 1}\n`}data: ${data}\n\n`)
    .join('')

/** Where a request asks to begin. */
export const beginning = (headers: IncomingHttpHeaders): number => Number(headers['last-event-id'] ?? 0)

export const SSE = { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' }

export type Framing = 'chunked' | 'unframed' | 'content-length'

/** Begins an answer and writes the first half of the stream. Settles once that has left this process. */
export function writeFirstHalf(response: ServerResponse, framing: Framing = 'chunked'): Promise<void> {
  if (framing === 'unframed') {
    response.useChunkedEncodingByDefault = false
    response.shouldKeepAlive = false
  }
  const length = Buffer.byteLength(written(0, truth.length))
  response.writeHead(200, framing === 'content-length' ? { ...SSE, 'content-length': length } : SSE)
  return new Promise((done) => response.write(written(0, MIDWAY), () => done()))
}

/** Reads the body of a request, as a server does that needs it for its answer. */
export const readBody = (request: IncomingMessage): Promise<void> =>
  new Promise((done) => {
    request.on('end', () => done())
    request.resume()
  })

/** Answers with all that the request asks for. */
export async function answerWhole(request: IncomingMessage, response: ServerResponse): Promise<void> {
  await readBody(request)
  response.writeHead(200, SSE)
  response.end(written(beginning(request.headers), truth.length))
}
