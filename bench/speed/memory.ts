import { setTimeout as pause } from 'node:timers/promises'
import type { Read } from './contender.ts'
import type { Job, Measured } from './job.ts'

const KB = 1_000
const MB = 1_000_000
const WARM_UP = 2_500

interface Held {
  readonly rss: number
  readonly heap: number
}

const CHURN_MB = 128

/** Fills the young generation with what dies at once: from then on its pages count, and not as those of the streams. */
function churn(): void {
  let kept: number[] = []
  for (let time = 0; time < CHURN_MB * 10; time++) kept = new Array(12_500).fill(time)
  if (kept.length === 0) throw new Error('nothing was allocated')
}

/**
 * What is alive: after the second collection also what the first one's finalizers had let go. Each gives back what pages it can: the
 * gaps that a usual one leaves between what is alive are a question of when it came, and made the resident set a throw of dice.
 */
async function held(): Promise<Held> {
  churn()
  for (let time = 0; time < 3; time++) {
    globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' })
    await pause(50)
  }
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rss, heap: heapUsed + external }
}

/** Memory of an open stream that has had some events and now waits: the resident set, and what lives in the heap and beside it. */
export async function hold(read: Read, job: Extract<Job, { kind: 'hold' }>): Promise<Measured> {
  const { url, warmUp, streams, events } = job
  const open = (count: number): Promise<void> => {
    let left = count * events
    return new Promise((resolve, reject) => {
      for (let stream = 0; stream < count; stream++) {
        const onEvent = (): void => {
          left--
          if (left === 0) resolve()
        }
        read(url, onEvent).catch(reject)
      }
    })
  }
  await read(warmUp, () => {})
  await open(WARM_UP)
  const before = await held()
  await open(streams)
  const after = await held()
  return { rss: (after.rss - before.rss) / streams / KB, heap: (after.heap - before.heap) / streams / KB }
}

/** What is alive, in MB, after each tenth of a long stream. */
export async function growth(read: Read, job: Extract<Job, { kind: 'growth' }>): Promise<Measured> {
  const measured: Record<string, number> = {}
  const tenth = job.events / 10
  let count = 0
  await read(job.url, () => {
    count++
    if (count % tenth !== 0) return
    globalThis.gc?.()
    const { heapUsed, external } = process.memoryUsage()
    measured[`heap-${(count / tenth) * 10}`] = (heapUsed + external) / MB
  })
  if (count !== job.events) throw new Error(`delivered ${count} of ${job.events} events`)
  return measured
}
