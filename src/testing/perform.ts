import type { ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Body, createBody } from './body.ts'
import { delivered } from './delivered.ts'
import { hasNoBody, type Plan, type PlannedHead } from './plan.ts'

/** What {@link perform} acts on. */
export interface Stage {
  readonly response: ServerResponse
  /** Aborted once the connection is gone or the server closes: nothing more is to be done. */
  readonly gone: AbortSignal
  /** The server is about to end the connection itself: what the client does from now on is no news. */
  onOurEnd(): void
}

const EMPTY = new Uint8Array(0)
const utf8 = new TextEncoder()
const COMMENT = utf8.encode(': keep-alive\n\n')

/** Does over HTTP/1.1 what a plan says. Settles when all is done, or the connection is gone. */
export async function perform(plan: Plan, stage: Stage): Promise<void> {
  const { gone } = stage
  let body: Body | undefined
  try {
    if (plan.delayMs > 0) await sleep(plan.delayMs, undefined, { signal: gone })
    body = await createBody(plan)
    gone.throwIfAborted()
    if (plan.head !== undefined) {
      writeHead(plan, plan.head, body.contentLength, stage.response)
      await writeAll(plan, body, stage)
    }
    await end(plan, body, stage)
  } catch (error) {
    if (!gone.aborted && !(error instanceof ConnectionLost)) throw error
  } finally {
    body?.coder.close()
  }
}

function writeHead(
  plan: Plan,
  head: PlannedHead,
  contentLength: number | undefined,
  response: ServerResponse,
): void {
  const headers = head.headers.flat()
  if (contentLength !== undefined && !hasNoBody(head.status)) {
    headers.push('content-length', String(contentLength))
  }
  if (plan.framing === 'unframed') {
    response.useChunkedEncodingByDefault = false
    response.shouldKeepAlive = false
  }
  // The same scenario gives the same bytes.
  response.sendDate = false
  response.writeHead(head.status, headers)
  response.flushHeaders()
}

async function writeAll(plan: Plan, body: Body, stage: Stage): Promise<void> {
  for (const [index, group] of body.groups.entries()) {
    if (index > 0 && plan.paceMs > 0) await sleep(plan.paceMs, undefined, { signal: stage.gone })
    for (const bytes of group) await write(stage, bytes)
  }
}

async function end(plan: Plan, body: Body, stage: Stage): Promise<void> {
  const { ending } = plan
  const { response, gone } = stage
  const { socket } = response.req
  // Also an empty write comes back only after all that went before it has left this process.
  if (ending.type !== 'end' && plan.head !== undefined) await write(stage, EMPTY)
  switch (ending.type) {
    case 'end':
      response.end()
      return
    case 'fin':
      stage.onOurEnd()
      socket.end()
      return
    case 'rst':
      if (plan.head !== undefined) await delivered(socket, gone)
      stage.onOurEnd()
      socket.resetAndDestroy()
      return
    case 'bad-chunk-size':
      stage.onOurEnd()
      socket.end('not-a-chunk-size\r\n')
      return
    case 'stall':
      return
    case 'comments':
      for (;;) {
        await sleep(ending.everyMs, undefined, { signal: gone })
        await write(stage, await body.coder.encode(COMMENT))
      }
  }
}

class ConnectionLost extends Error {}

/** Settles once the bytes have left this process. */
function write({ response, gone }: Stage, bytes: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    const onGone = (): void => reject(new ConnectionLost())
    if (gone.aborted) {
      onGone()
      return
    }
    gone.addEventListener('abort', onGone, { once: true })
    response.write(bytes, (error) => {
      gone.removeEventListener('abort', onGone)
      if (error) onGone()
      else resolve()
    })
  })
}
