import { type Read, textOf } from './contender.ts'
import type { Job, Measured } from './job.ts'
import { quantile } from './statistics.ts'

/**
 * Microseconds. Both processes read CLOCK_MONOTONIC, by `process.hrtime`: one clock of one machine, to the nanosecond, which
 * no time server sets.
 */
const age = (value: unknown): number => Number(process.hrtime.bigint() - BigInt(textOf(value))) / 1_000

const quantiles = (times: readonly number[]): Measured => ({
  p50: quantile(times, 0.5),
  p99: quantile(times, 0.99),
})

/** From just before the server's write to just inside `next`. */
export async function latency(read: Read, job: Extract<Job, { kind: 'latency' }>): Promise<Measured> {
  const { url, streams, events } = job
  const ages: number[] = []
  let count = 0
  const onEvent = (value: unknown): void => {
    const took = age(value)
    count++
    // The first of each came while the others were opened.
    if (count > streams) ages.push(took)
  }
  await Promise.all(Array.from({ length: streams }, () => read(url, onEvent)))
  // Two reads may share an event, and the raw socket then does not see it; more are not forgiven.
  if (count < streams * events * 0.999 || count > streams * events) {
    throw new Error(`delivered ${count} of ${streams * events} events`)
  }
  return quantiles(ages)
}

/** From the call to the first event. */
export async function first(read: Read, job: Extract<Job, { kind: 'first' }>): Promise<Measured> {
  const times: number[] = []
  const warmUp = Math.ceil(job.times / 4)
  for (let time = -warmUp; time < job.times; time++) {
    const startedAt = performance.now()
    let took: number | undefined
    await read(job.url, () => {
      took ??= (performance.now() - startedAt) * 1_000
    })
    if (took === undefined) throw new Error('the stream had no event')
    if (time >= 0) times.push(took)
    // Peers answer a turn later; a connection is given back then.
    await new Promise((resolve) => setImmediate(resolve))
  }
  return quantiles(times)
}

/** From the server's cut to the first event after it. */
export async function resume(read: Read, job: Extract<Job, { kind: 'resume' }>): Promise<Measured> {
  const times: number[] = []
  const warmUp = Math.ceil(job.times / 4)
  for (let time = -warmUp; time < job.times; time++) {
    let count = 0
    await read(job.url, (value) => {
      count++
      if (count === job.events + 1 && time >= 0) times.push(age(value))
    })
    if (count !== job.events + 1) throw new Error(`delivered ${count} of ${job.events + 1} events`)
  }
  return quantiles(times)
}
