/** The command was called wrongly: one line that says what to do, exit code 2. */
export class UsageError extends Error {}

/** Exit codes, documented in the help and the manual. */
export const EXIT = {
  complete: 0,
  unexpected: 1,
  usage: 2,
  request_failed: 3,
  stream_error: 4,
  stream_terminated: 5,
  hangup: 129,
  interrupted: 130,
  pipeClosed: 141,
  terminated: 143,
} as const

/** The process was told to end while nothing ran that could be ended. */
export class Interrupted extends Error {
  readonly code: number

  constructor(code: number) {
    super('interrupted')
    this.code = code
  }
}

/** The exit code that a signal to the process stands for. */
export const interruptCode = (interrupt: AbortSignal): number => Number(interrupt.reason) || EXIT.interrupted

/** Settles with the work, or throws {@link Interrupted}: whatever the work waits for may never come. */
export async function unlessInterrupted<T>(work: Promise<T>, interrupt: AbortSignal | undefined): Promise<T> {
  if (interrupt === undefined) return work
  let onAbort: (() => void) | undefined
  const interrupted = new Promise<never>((_, reject) => {
    onAbort = () => reject(new Interrupted(interruptCode(interrupt)))
    if (interrupt.aborted) onAbort()
    else interrupt.addEventListener('abort', onAbort)
  })
  try {
    return await Promise.race([work, interrupted])
  } finally {
    if (onAbort !== undefined) interrupt.removeEventListener('abort', onAbort)
  }
}

/** Edits that turn one word into the other; two letters swapped are one. */
function distance(a: string, b: string): number {
  const rows = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => i || j),
  )
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const substitution = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      rows[i]![j] = Math.min(rows[i - 1]![j]! + 1, rows[i]![j - 1]! + 1, substitution)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        rows[i]![j] = Math.min(rows[i]![j]!, rows[i - 2]![j - 2]! + 1)
      }
    }
  }
  return rows[a.length]![b.length]!
}

const MAX_WORD = 60

/** The name that was probably meant, or nothing if none is near. */
export function nearest(word: string, names: readonly string[]): string | undefined {
  // The distance costs the product of the lengths, and whoever typed that meant no name.
  if (word.length > MAX_WORD) return undefined
  const longer = names.find((name) => word.length >= 3 && name.startsWith(word))
  if (longer !== undefined) return longer
  const near = names
    .map((name) => ({ name, distance: distance(word, name) }))
    .filter((candidate) => candidate.distance <= Math.ceil(word.length / 3))
    .sort((one, other) => one.distance - other.distance)
  return near[0]?.name
}
