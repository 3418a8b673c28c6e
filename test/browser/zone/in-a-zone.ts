import 'zone.js'
import type { ServerSentEvent, ViewState } from '../../../src/index.ts'

/** What is told in which zone, by a program that has Zone.js before anything else, as a page of Angular's has. */
const { eventStreamSignals, viewState } = await import('../../../src/web.ts')
const { startFaultServer } = await import('../../../src/testing/index.ts')

interface Zones {
  readonly current: { readonly name: string; fork(spec: { name: string }): { run(call: () => void): void } }
}
const { Zone } = globalThis as unknown as { Zone: Zones }

const server = await startFaultServer({
  events: ['a', 'b', 'c', 'd', '[DONE]'],
  ids: true,
  answers: [{ fault: { type: 'fin', after: { events: 2 } }, paceMs: 20 }, { paceMs: 20 }],
})
const told: Record<string, { zones: string[]; last: string }> = {}
for (const emit of ['value', 'frame'] as const) {
  const zones = new Set<string>()
  let last: ViewState<string> | undefined
  await new Promise<void>((resolve) => {
    Zone.current.fork({ name: 'app' }).run(() => {
      const view = viewState({ seed: '', reduce: (text, { data }: ServerSentEvent) => text + data, emit })
      const signals = eventStreamSignals(server.url, { retry: { delay: 20 } })
      signals.pipe(view).subscribe((state) => {
        zones.add(Zone.current.name)
        last = state
        if (state.canStart) resolve()
      })
    })
  })
  told[emit] = { zones: [...zones], last: `${last?.status} ${last?.value} ${last?.resumed}` }
}
await server.close()
console.log(JSON.stringify(told))
