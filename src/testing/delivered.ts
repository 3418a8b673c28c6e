import { readFile } from 'node:fs/promises'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Where the system does not tell: long enough for a client that reads. */
const GRACE_MS = 30
const POLL_MS = 4
/** A client that reads nothing for that long has been waited for long enough. */
const PATIENCE_MS = 10_000

/**
 * Settles once all that was written has arrived on the other side, as far as can be known: a write that is done is
 * only in the system's buffer, and an RST discards what is still there. Rejects when the signal aborts.
 *
 * On Linux this is a fact, and as slow as a delayed acknowledgement (40 to 200 ms) if the last bytes got one;
 * elsewhere it is a short wait.
 */
export async function delivered(socket: Socket, signal: AbortSignal): Promise<void> {
  const until = performance.now() + PATIENCE_MS
  for (;;) {
    const bytes = await unacknowledged(socket)
    signal.throwIfAborted()
    if (performance.now() > until) return
    await sleep(bytes === undefined ? GRACE_MS : POLL_MS, undefined, { signal })
    // One pause also where all has arrived: it has not been read yet, and libuv, up to the one in Node 22 at least,
    // takes the last bytes and an RST that it finds together for a FIN.
    if (bytes === undefined || bytes === 0) return
  }
}

const hexPort = (port = 0): string => port.toString(16).toUpperCase().padStart(4, '0')

/** Bytes written and not acknowledged yet, `undefined` if the system does not tell. */
async function unacknowledged({ localPort, remotePort }: Socket): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined
  // proc(5): sl local_address rem_address st tx_queue:rx_queue …, all in hexadecimal.
  const row = new RegExp(
    `^ *\\d+: [0-9A-F]+:${hexPort(localPort)} [0-9A-F]+:${hexPort(remotePort)} [0-9A-F]+ ([0-9A-F]+):`,
    'm',
  )
  const table = await readFile('/proc/self/net/tcp', 'latin1').catch(() => '')
  const queue = row.exec(table)?.[1]
  return queue === undefined ? undefined : Number.parseInt(queue, 16)
}
