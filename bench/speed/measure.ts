import type { Contender } from './contender.ts'
import { contenderOf } from './contenders.ts'
import type { Measured } from './job.ts'
import type { Options } from './options.ts'
import { type ContenderProcess, startContender, startServer } from './processes.ts'
import type { Row } from './results.ts'
import { type Scenario, warmUpJob } from './scenarios.ts'

/** Those of a scenario that are wanted, and what they are divided by. */
function takingPart(scenario: Scenario, { isWanted }: Options): readonly Contender[] {
  const all = scenario.contenders.map(contenderOf)
  const wanted = all.filter(isWanted)
  const bases = new Set(wanted.map((contender) => baseOf(contender, scenario).id))
  return all.filter((contender) => wanted.includes(contender) || bases.has(contender.id))
}

/** In a scenario with a base of its own all are divided by that. */
export function baseOf(contender: Contender, { contenders }: Pick<Scenario, 'contenders'>): Contender {
  const { against } = contender
  return contenderOf(contenders[0] === 'socket' ? 'socket' : against)
}

/** What is done in turn: rounds that warm up, rounds that count, and between them, where a process has had its share, new processes. */
export function* courseOf(
  { warmUp, roundsOfProcess }: Pick<Scenario, 'warmUp' | 'roundsOfProcess'>,
  rounds: number,
): Generator<'warm up' | 'count' | 'renew'> {
  for (let round = 0; round < rounds; round++) {
    const isFirst = round % (roundsOfProcess ?? rounds) === 0
    if (isFirst && round > 0) yield 'renew'
    if (isFirst) for (let warming = 0; warming < warmUp; warming++) yield 'warm up'
    yield 'count'
  }
}

/**
 * Runs one scenario in interleaved rounds, A B C A B C …, so that a machine whose speed drifts slows all alike. Each client has
 * a process of its own, and while one is measured the others do nothing.
 *
 * @param onFailure - told of a client that failed, or delivered another count of events: it is left out
 */
export async function measure(
  scenario: Scenario,
  options: Options,
  onFailure: (error: Error) => void,
): Promise<readonly Row[]> {
  const taking = takingPart(scenario, options)
  if (taking.length === 0) return []
  const server = await startServer(taking.length)
  const processes = new Map<string, ContenderProcess>()
  const failed = new Set<string>()
  const rows = new Map<string, number[]>()
  const rounds = options.rounds ?? scenario.rounds
  const processOf = (contender: Contender): ContenderProcess => {
    const started = processes.get(contender.id) ?? startContender(contender, scenario.group === 'memory')
    processes.set(contender.id, started)
    return started
  }
  const endAll = async (): Promise<void> => {
    await Promise.all([...processes.values()].map((process) => process.end()))
    processes.clear()
  }
  const keep = (contender: Contender, measured: Measured): void => {
    for (const [metric, value] of Object.entries(measured)) {
      const key = `${contender.id} ${metric}`
      rows.set(key, [...(rows.get(key) ?? []), value])
    }
  }
  try {
    for (const step of courseOf(scenario, rounds)) {
      if (step === 'renew') {
        await endAll()
        continue
      }
      for (const [index, contender] of taking.entries()) {
        if (failed.has(contender.id)) continue
        try {
          const origin = server.origins[index] as string
          // A compiler that is still at work would be measured along: rounds of a trickle are too few events for it.
          if (!processes.has(contender.id) && scenario.fresh !== true && contender.burst > 0)
            await processOf(contender).run(warmUpJob(contender, origin))
          const job = scenario.job(contender, origin)
          const measured = await processOf(contender).run(job)
          if (step === 'count') keep(contender, measured)
        } catch (error) {
          failed.add(contender.id)
          onFailure(error as Error)
        }
        if (scenario.fresh || failed.has(contender.id)) {
          await processes.get(contender.id)?.end()
          processes.delete(contender.id)
        }
      }
    }
  } finally {
    await endAll()
    await server.end()
  }
  return [...rows].flatMap(([key, values]) => {
    const [contender, metric] = key.split(' ') as [string, string]
    return failed.has(contender) ? [] : [{ scenario: scenario.id, contender, metric, rounds: values }]
  })
}
