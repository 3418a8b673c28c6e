import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { answerWhole, beginning, MIDWAY, readBody, truth, writeFirstHalf, written } from './completion.ts'
import { listen, type Origin } from './listen.ts'

export interface GatedOrigin extends Origin {
  /** Answers that stand in the middle of the stream, now. */
  readonly waiting: number
  /** Lets all answers go on, and further ones pass. */
  open(): void
}

/** Every answer stops in the middle of the stream until the gate is opened, unless it begins after a cursor. */
export async function gatedOrigin(): Promise<GatedOrigin> {
  const requests: IncomingHttpHeaders[] = []
  let waiting = 0
  let open = (): void => {}
  const opened = new Promise<void>((done) => {
    open = done
  })
  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    requests.push(request.headers)
    if (beginning(request.headers) > 0) {
      await answerWhole(request, response)
      return
    }
    response.on('error', () => {})
    await readBody(request)
    await writeFirstHalf(response)
    waiting++
    await opened
    waiting--
    response.end(written(MIDWAY, truth.length))
  }
  const server = createServer({ keepAliveTimeout: 0 }, (request, response) => void answer(request, response))
  const listening = await listen(server)
  return {
    ...listening,
    requests,
    get waiting() {
      return waiting
    },
    open: () => open(),
  }
}
