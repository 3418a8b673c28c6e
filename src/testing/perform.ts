import { setTimeout as sleep } from 'node:timers/promises'
import { type Body, createBody, createRest } from './body.ts'
import type { Plan } from './plan.ts'
import { ConnectionLost, type Exchange } from './wire.ts'

/** What {@link perform} acts on. */
export interface Stage {
  readonly exchange: Exchange
  /** Aborted once the connection is gone or the server closes: nothing more is to be done. */
  readonly gone: AbortSignal
  /** The server is about to end the connection itself: what the client does from now on is no news. */
  onOurEnd(): void
}

const EMPTY = new Uint8Array(0)
const utf8 = new TextEncoder()
const COMMENT = utf8.encode(': keep-alive\n\n')

/** Does over a wire what a plan says. Settles when all is done, or the connection is gone. */
export async function perform(plan: Plan, stage: Stage): Promise<void> {
  const { exchange, gone } = stage
  let body: Body | undefined
  try {
    if (plan.delayMs > 0) await sleep(plan.delayMs, undefined, { signal: gone })
    body = await createBody(plan)
    gone.throwIfAborted()
    if (plan.head !== undefined) {
      exchange.head(plan.head, body.contentLength, plan.framing)
      await writeAll(plan, body.groups, stage)
    }
    await end(plan, body, stage)
  } catch (error) {
    if (!gone.aborted && !(error instanceof ConnectionLost)) throw error
  } finally {
    body?.coder.close()
  }
}

async function writeAll(plan: Plan, groups: Body['groups'], { exchange, gone }: Stage): Promise<void> {
  const { paceMs } = plan
  /** Milliseconds that are still to be waited: a timer sleeps no less than one, and mostly longer than it should. */
  let owed = 0
  for (const [index, group] of groups.entries()) {
    if (index > 0) owed += paceMs
    if (owed >= 1) {
      const asleepSince = performance.now()
      await sleep(owed, undefined, { signal: gone })
      owed = paceMs < 1 ? owed - (performance.now() - asleepSince) : 0
    }
    for (const bytes of group) await exchange.write(bytes)
  }
}

async function end(plan: Plan, body: Body, stage: Stage): Promise<void> {
  const { ending } = plan
  const { exchange, gone } = stage
  // Also an empty write comes back only after all that went before it has left this process.
  if (ending.type !== 'end' && plan.head !== undefined) await exchange.write(EMPTY)
  switch (ending.type) {
    case 'end':
      exchange.end()
      return
    case 'stall':
      return
    case 'comments':
      for (;;) {
        await sleep(ending.everyMs, undefined, { signal: gone })
        await exchange.write(await body.coder.encode(COMMENT))
      }
    case 'announce': {
      exchange.break(ending.how)
      const rest = await createRest(plan, body.coder, ending.rest)
      const isBetween = body.groups.length > 0 && ending.rest.length > 0
      if (isBetween && plan.paceMs > 0) await sleep(plan.paceMs, undefined, { signal: gone })
      await writeAll(plan, rest, stage)
      exchange.end()
      return
    }
    case 'break':
      // Also without a head: the handshake's last bytes, or HTTP/2's settings, may be on their way.
      if (ending.how.type === 'rst') await exchange.delivered(gone)
      stage.onOurEnd()
      exchange.break(ending.how)
  }
}
