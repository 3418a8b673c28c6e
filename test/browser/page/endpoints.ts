import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { type AddressInfo, createServer as createSocketServer } from 'node:net'
import { chatChunk, chatCompletion } from '../../../src/testing/index.ts'

/** What a person may point the page at. */
export interface Endpoints extends AsyncDisposable {
  /** Of one by its path. */
  at(path: keyof typeof ENDPOINTS): string
  /** Where nobody listens. */
  readonly nobody: string
  /** The requests so far, but for those that only ask whether they may. */
  readonly requests: readonly Asked[]
}

interface Asked {
  readonly path: string
  readonly method: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

/** What a hostile server says in the places that are shown. Each would set a flag on the window if it were markup or script. */
export const HOSTILE =
  '<img src=x onerror="globalThis.rxSseTestOwned=1"><script>globalThis.rxSseTestOwned=2</script> ' +
  '\u001b[31mred\u001b]0;owned\u0007 \u009b2J <b>bold</b>'

const WORDS = ['Two', ' cables', ' were', ' spliced', ' –', ' one', ' line.']
export const TEXT = WORDS.join('')

const STREAM = { 'content-type': 'text/event-stream' }
const OPEN = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*' }
const toEventText = (events: readonly string[]): string => events.map((data) => `data: ${data}\n\n`).join('')

const completion = toEventText(chatCompletion(WORDS))

type Answer = (response: ServerResponse) => void

const answered =
  (status: number, headers: Readonly<Record<string, string>>, body: string): Answer =>
  (response) => {
    response.writeHead(status, headers)
    response.end(body)
  }

const error = (fields: object): string => JSON.stringify({ error: fields })

const ENDPOINTS = {
  /** Whole, for servers; browsers may not read it. */
  '/closed': answered(200, STREAM, completion),
  /** Whole, for everybody. */
  '/open': answered(200, { ...STREAM, ...OPEN }, completion),
  '/cut': answered(200, STREAM, completion.slice(0, completion.indexOf(' spliced') + 3)),
  '/401': answered(
    401,
    { 'content-type': 'application/json' },
    error({ message: 'Incorrect API key provided', type: 'invalid_request_error', code: 'invalid_api_key' }),
  ),
  '/404': answered(
    404,
    { 'content-type': 'text/html' },
    '<!doctype html><title>Not Found</title><h1>Not Found</h1>',
  ),
  '/html': answered(
    200,
    { 'content-type': 'text/html' },
    '<!doctype html><title>Welcome</title><h1>Welcome</h1>',
  ),
  '/json': answered(200, { 'content-type': 'application/json' }, '{"choices":[]}'),
  '/hostile-words': answered(200, STREAM, toEventText(chatCompletion([HOSTILE, ' and more']))),
  '/hostile-error': answered(
    200,
    { ...STREAM, 'x-request-id': HOSTILE.replace(/[^\x20-\x7e]/g, '') },
    toEventText([chatChunk({ content: 'Two' }), error({ message: HOSTILE, type: HOSTILE, code: HOSTILE })]),
  ),
  '/hostile-refusal': answered(
    418,
    { 'content-type': 'application/json' },
    error({ message: HOSTILE, type: HOSTILE, code: HOSTILE }),
  ),
  '/hostile-type': answered(
    200,
    { 'content-type': 'text/html; x="<script>globalThis.rxSseTestOwned=3</script>"' },
    HOSTILE,
  ),
  '/hostile-ids': answered(
    200,
    STREAM,
    `id: ${HOSTILE}\ndata: ${chatChunk({ content: 'Two' })}\n\n: ${HOSTILE}\n\n`,
  ),
} as const satisfies Readonly<Record<string, Answer>>

async function freePort(): Promise<number> {
  const server = createSocketServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

export async function startEndpoints(): Promise<Endpoints> {
  const requests: Asked[] = []
  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const { method = '', headers, url: path = '/' } = request
    const body = await textOf(request)
    if (method === 'OPTIONS') {
      response.writeHead(204, path === '/open' ? OPEN : {})
      response.end()
      return
    }
    requests.push({ path, method, headers, body })
    const answer = ENDPOINTS[path as keyof typeof ENDPOINTS] ?? answered(404, {}, '')
    answer(response)
  }
  const server = createServer((request, response) => {
    serve(request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    at: (path) => url + path,
    nobody: `http://127.0.0.1:${await freePort()}/v1/chat/completions`,
    requests,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}
