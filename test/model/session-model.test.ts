import fc from 'fast-check'
import { afterAll, beforeAll, describe, it } from 'vitest'
import { isThorough } from '../thorough.ts'
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

const RUNS = isThorough ? 5_000 : 2_000

describe('a session, whatever the consumer and the clock do', () => {
  it('does what its model does, with a server that breaks off but goes on where it is asked to', async () => {
    await holds('fair', RUNS)
  })

  it('does what its model does, with any server', async () => {
    await holds('any', RUNS)
  })
})
