import { expect } from 'vitest'
import type { LivePage, Visit } from './live-page.ts'
import { type Seen, seen } from './seen.ts'

/** Pages that stand open, for tests that each begin a run of their own: as many as run at once. */
export interface Desk {
  /** One that nobody uses. Nothing that must not happen may have happened on it when it is left. */
  use(work: (seen: Seen) => Promise<void>): Promise<void>
}

/** vitest's `maxConcurrency`, as it is if nobody changes it. */
const AT_ONCE = 5

export async function startDesks(live: LivePage): Promise<Desk> {
  const free: Visit[] = await Promise.all(Array.from({ length: AT_ONCE }, () => live.visit()))
  const waiting: (() => void)[] = []
  return {
    async use(work) {
      while (free.length === 0) await new Promise<void>((resolve) => waiting.push(resolve))
      const visit = free.pop() as Visit
      try {
        await work(seen(visit.page))
        expect(await visit.watch.troubles()).toEqual([])
      } finally {
        free.push(visit)
        waiting.shift()?.()
      }
    },
  }
}
