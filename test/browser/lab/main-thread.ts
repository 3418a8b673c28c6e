import type { Page } from 'playwright-core'

/** How long the main thread of a page was held up, in milliseconds. */
export interface MainThread<R> {
  readonly result: R
  /** The longest task by the clock: what a person feels, and what a busy machine lengthens. */
  readonly longest: number
  /** The longest task by the time that the processor gave it: the same on a busy machine. */
  readonly longestWork: number
  /** Of all tasks, of the processor's time. */
  readonly work: number
}

interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  /** Microseconds. */
  readonly dur?: number
  readonly tdur?: number
  readonly args?: { readonly name?: string }
}

/** Evaluates an expression in a page, and tells from Chromium's own trace what it cost the main thread. */
export async function traceMainThread<R>(page: Page, expression: string): Promise<MainThread<R>> {
  const browser = page.context().browser()
  if (browser === null) throw new Error('the page is of no browser')
  await browser.startTracing(page, { categories: ['-*', 'toplevel'] })
  // A task is in the trace once it is over: its answer may be here sooner.
  const settled = `new Promise((resolve) => setTimeout(resolve, 100, result))`
  const result = await page.evaluate<R>(`Promise.resolve(${expression}).then((result) => ${settled})`)
  const { traceEvents } = JSON.parse((await browser.stopTracing()).toString()) as {
    traceEvents: TraceEvent[]
  }
  const thread = ({ pid, tid }: TraceEvent): string => `${pid} ${tid}`
  const mains = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(thread),
  )
  // Other tabs have a main thread too, and nothing to do.
  const tasks = traceEvents.flatMap((event) => {
    const { name, dur, tdur } = event
    const isTask = name.endsWith('RunTask') && mains.has(thread(event))
    return isTask && dur !== undefined && tdur !== undefined ? [{ dur, tdur }] : []
  })
  if (tasks.length === 0) throw new Error('the trace has no task of a main thread')
  return {
    result,
    longest: tasks.reduce((most, { dur }) => Math.max(most, dur), 0) / 1_000,
    longestWork: tasks.reduce((most, { tdur }) => Math.max(most, tdur), 0) / 1_000,
    work: tasks.reduce((sum, { tdur }) => sum + tdur, 0) / 1_000,
  }
}
