import type { Read } from './contender.ts'
import type { Job, Measured } from './job.ts'

type DrainJob = Extract<Job, { kind: 'drain' }>

/**
 * CPU time from the operating system, user and system, all threads of the process: that of the collector and the compiler too.
 *
 * No collection is forced before. With no stream open it takes the hidden classes of whatever objects a client has for one
 * along, and all code that was compiled for these: each round would measure the compiler, and a busy process never meets that.
 */
export async function drain(read: Read, job: DrainJob): Promise<Measured> {
  const { streams, events, times, opening, closing } = job
  const expected = streams * events
  const first = streams * opening
  const last = expected - streams * closing
  let cpu = 0
  let wall = 0
  for (let time = 0; time < times; time++) {
    let count = 0
    let from = process.cpuUsage()
    let startedAt = performance.now()
    const onEvent = (): void => {
      count++
      if (count === first) {
        from = process.cpuUsage()
        startedAt = performance.now()
      }
      if (count === last) {
        wall += performance.now() - startedAt
        const { user, system } = process.cpuUsage(from)
        cpu += user + system
      }
    }
    await Promise.all(Array.from({ length: streams }, () => read(job.url, onEvent)))
    // Whoever delivers fewer would be the faster for it.
    if (count !== expected) throw new Error(`delivered ${count} of ${expected} events`)
  }
  const measured = (last - first) * times
  return { cpu: cpu / measured, wall: (wall * 1_000) / measured }
}
