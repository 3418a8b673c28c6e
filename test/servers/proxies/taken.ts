import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Settles once a proxy has read all that an origin has written so far: nothing is left in a buffer of the system
 * between them. For a proxy that holds back what it reads, so that its client cannot tell.
 */
export async function takenByProxy(originPort: number): Promise<void> {
  const until = performance.now() + 30_000
  while (!(await isTaken(originPort))) {
    if (performance.now() > until) throw new Error('the proxy does not read what the origin writes')
    await sleep(2)
  }
}

async function isTaken(originPort: number): Promise<boolean> {
  const port = originPort.toString(16).toUpperCase().padStart(4, '0')
  // proc(5): sl local_address rem_address st tx_queue:rx_queue …, all in hexadecimal; 01 is ESTABLISHED.
  const row = /^ *\d+: [0-9A-F]+:([0-9A-F]+) [0-9A-F]+:([0-9A-F]+) 01 ([0-9A-F]+):([0-9A-F]+)/gm
  const table = await readFile('/proc/self/net/tcp', 'latin1')
  let both = 0
  for (const [, local, remote, unsent, unread] of table.matchAll(row)) {
    if (local !== port && remote !== port) continue
    if (Number.parseInt(unsent as string, 16) !== 0 || Number.parseInt(unread as string, 16) !== 0)
      return false
    both++
  }
  return both >= 2
}
