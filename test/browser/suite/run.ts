import { endings } from './endings.ts'
import { type RuntimeName, remoteKit, type Sse, type SuiteCase } from './kit.ts'
import { requests } from './requests.ts'
import { resuming } from './resuming.ts'
import { type ScenarioPlan, scenarioCase } from './scenario-case.ts'
import { views } from './views.ts'

/** What a runtime is told to run. As JSON. */
export interface SuitePlan {
  readonly lab: string
  readonly runtime: RuntimeName
  readonly isBrowser: boolean
  readonly completion: string
  readonly scenarios: readonly ScenarioPlan[]
  /** Only the cases with this in their name. */
  readonly only?: string | undefined
}

/** What came of it, by the names of the cases; `undefined`: it has passed. */
export type SuiteReport = Readonly<Record<string, { readonly ms: number; readonly failure?: string }>>

const LAST_CASE = 'nothing was rejected that nobody handled'

const written: readonly SuiteCase[] = [...endings, ...resuming, ...requests, ...views]

/** All names, in order. */
export const caseNames = (scenarios: readonly { readonly name: string }[]): readonly string[] => [
  ...written.map(({ name }) => name),
  ...scenarios.map(({ name }) => `scenario ${name}`),
  LAST_CASE,
]

/** So many at a time: most of a case's time is the time of a server that says nothing. */
const AT_A_TIME = 4
const LONGEST_MS = 30_000

/** Runs all cases, whatever comes of them. */
export async function runSuite(sse: Sse, plan: SuitePlan): Promise<SuiteReport> {
  const unhandled: string[] = []
  const stopWatching = watchUnhandled((what) => unhandled.push(what))
  const report: Record<string, { ms: number; failure?: string }> = {}
  const cases = [...written, ...plan.scenarios.map(scenarioCase)].filter(({ name }) =>
    name.includes(plan.only ?? ''),
  )
  let next = 0
  const work = async (): Promise<void> => {
    for (let one = cases[next++]; one !== undefined; one = cases[next++]) {
      const at = Date.now()
      const failure = await runCase(one, sse, plan)
      report[one.name] = { ms: Date.now() - at, ...(failure === undefined ? {} : { failure }) }
    }
  }
  await Promise.all(Array.from({ length: AT_A_TIME }, work))
  // Told one turn later.
  await new Promise((resolve) => setTimeout(resolve, 50))
  stopWatching()
  report[LAST_CASE] = { ms: 0, ...(unhandled.length === 0 ? {} : { failure: unhandled.join('\n') }) }
  return report
}

async function runCase(one: SuiteCase, sse: Sse, plan: SuitePlan): Promise<string | undefined> {
  const { lab, runtime, isBrowser, completion } = plan
  const kit = remoteKit(lab, { sse, runtime, isBrowser, completion })
  let timer: ReturnType<typeof setTimeout> | undefined
  const tooLong = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not over after ${LONGEST_MS} ms`)), LONGEST_MS)
  })
  try {
    await Promise.race([one.run(kit), tooLong])
    return undefined
  } catch (error) {
    return error instanceof Error ? `${error.message}\n${error.stack}` : String(error)
  } finally {
    clearTimeout(timer)
    await kit.close()
  }
}

interface Rejection {
  readonly reason?: unknown
  readonly message?: string
  preventDefault?(): void
}

/** In a page, a worker, Deno and Bun these are events; in Node they are the process's. */
function watchUnhandled(tell: (what: string) => void): () => void {
  const { addEventListener, removeEventListener, process } = globalThis as unknown as {
    addEventListener?: (type: string, listener: (event: Rejection) => void) => void
    removeEventListener?: (type: string, listener: (event: Rejection) => void) => void
    process?: {
      on?(name: string, listener: (reason: unknown) => void): void
      off?(name: string, listener: (reason: unknown) => void): void
    }
  }
  const onReason = (reason: unknown): void =>
    tell(reason instanceof Error ? `${reason.message}\n${reason.stack}` : String(reason))
  const onEvent = (event: Rejection): void => {
    event.preventDefault?.()
    onReason(event.reason ?? event.message)
  }
  const types = ['unhandledrejection', 'error']
  for (const type of types) addEventListener?.call(globalThis, type, onEvent)
  process?.on?.('unhandledRejection', onReason)
  return () => {
    for (const type of types) removeEventListener?.call(globalThis, type, onEvent)
    process?.off?.('unhandledRejection', onReason)
  }
}
