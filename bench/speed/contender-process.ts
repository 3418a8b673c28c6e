import { bigEvent } from './big-event.ts'
import type { Read } from './contender.ts'
import { drain } from './drain.ts'
import type { Answer, Job, Measured } from './job.ts'
import { first, latency, resume } from './latency.ts'
import { growth, hold } from './memory.ts'

/** One client in a process of its own: its garbage, its compiled code and its heap are nobody else's. */
const [, , module, isOurs] = process.argv

function measure(read: Read, job: Job): Promise<Measured> {
  switch (job.kind) {
    case 'drain':
      return drain(read, job)
    case 'hold':
      return hold(read, job)
    case 'latency':
      return latency(read, job)
    case 'first':
      return first(read, job)
    case 'resume':
      return resume(read, job)
    case 'growth':
      return growth(read, job)
    case 'big-event':
      return bigEvent(isOurs === 'ours', job)
  }
}

const answer = (told: Answer): void => void process.send?.(told)

const { read } = (await import(String(module))) as { readonly read: Read }
process.on('message', (job: Job) => {
  measure(read, job).then(
    (measured) => answer({ measured }),
    (error: unknown) =>
      answer({ error: error instanceof Error ? (error.stack ?? error.message) : `${error}` }),
  )
})
process.on('disconnect', () => process.exit())
