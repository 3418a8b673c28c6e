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
    const startedAt = performance.now()
    const bytes = await unacknowledged(socket)
    signal.throwIfAborted()
    const now = performance.now()
    if (now > until) return
    // As long as the look took, at least: with thousands of sockets to list, looking all the time would be all it does.
    const pause = bytes === undefined ? GRACE_MS : Math.max(POLL_MS, now - startedAt)
    await sleep(bytes === 0 ? POLL_MS : pause, undefined, { signal })
    // One pause also where all has arrived: it has not been read yet, and libuv, up to the one in Node 22 at least,
    // takes the last bytes and an RST that it finds together for a FIN.
    if (bytes === undefined || bytes === 0) return
  }
}

/** Bytes written and not acknowledged yet, `undefined` if the system does not tell. */
async function unacknowledged(socket: Socket): Promise<number | undefined> {
  if (process.platform !== 'linux') return undefined
  const local = hexAddress(socket.localAddress, socket.localPort)
  const remote = hexAddress(socket.remoteAddress, socket.remotePort)
  const table = await freshTable()
  // proc(5): sl local_address rem_address st tx_queue:rx_queue …, all in hexadecimal.
  const key = `${local} ${remote} `
  const at = table.indexOf(key)
  const queue = at + key.length + 'st '.length
  return at < 0 ? undefined : Number.parseInt(table.slice(queue, queue + 8), 16)
}

/** An address of IPv4 as proc(5) has it: its bytes as a number of this machine, which is little-endian wherever Node runs. */
function hexAddress(address = '', port = 0): string {
  const bytes = address.split('.').reverse()
  const hex = (value: number, length: number): string =>
    value.toString(16).toUpperCase().padStart(length, '0')
  return `${bytes.map((byte) => hex(Number(byte), 2)).join('')}:${hex(port, 4)}`
}

let current: Promise<string> | undefined
let next: Promise<string> | undefined

/** The system's table of connections, read after this call: by one reading for all who wait. */
function freshTable(): Promise<string> {
  if (current === undefined) {
    current = readFile('/proc/self/net/tcp', 'latin1')
      .catch(() => '')
      .finally(() => {
        current = undefined
      })
    return current
  }
  // One that has begun may have seen the connection before its last write.
  next ??= current.then(() => {
    next = undefined
    return freshTable()
  })
  return next
}
