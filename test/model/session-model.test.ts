import fc from 'fast-check'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { commandsOf } from './commands.ts'
import { Run, unheardRejections } from './run.ts'
import type { Manners } from './server.ts'
import { setupsOf } from './setup.ts'

const onUnheard = (reason: unknown): void => {
  unheardRejections.push(reason)
}
beforeAll(() => void process.on('unhandledRejection', onUnheard))
afterAll(() => void process.off('unhandledRejection', onUnheard))

const holds = (manners: Manners, numRuns: number): Promise<void> =>
  fc.assert(
    fc.asyncProperty(setupsOf(manners), commandsOf(manners), async (setup, commands) => {
      const run = new Run(setup)
      await run.start()
      await fc.asyncModelRun(() => ({ model: run.model, real: run }), commands)
      await run.finish()
    }),
    { numRuns },
  )

describe('a session, whatever the consumer and the clock do', () => {
  it('does what its model does, with a server that breaks off but goes on where it is asked to', async () => {
    await holds('fair', 5_000)
  })

  it('does what its model does, with any server', async () => {
    await holds('any', 5_000)
  })
})
