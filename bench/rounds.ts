/** One contender: does its work once and says how many units (events, chunks) that was. */
export type Contender = () => Promise<number>

const median = (numbers: number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number

/**
 * Interleaved rounds, A B C A B C …, so that a machine whose speed drifts slows all alike. Prints the median CPU time
 * (user and system, from the operating system) per unit, and the median of the ratios to the first, round by round.
 */
export async function compare(
  contenders: Readonly<Record<string, Contender>>,
  rounds: number,
  unit: string,
): Promise<void> {
  const names = Object.keys(contenders)
  const cpu = new Map<string, number[]>(names.map((name) => [name, []]))
  for (let round = -2; round < rounds; round++) {
    for (const name of names) {
      globalThis.gc?.()
      const before = process.cpuUsage()
      const units = await (contenders[name] as Contender)()
      const { user, system } = process.cpuUsage(before)
      // The first rounds warm the compiler up.
      if (round >= 0) cpu.get(name)?.push((user + system) / units)
    }
  }
  const base = cpu.get(names[0] as string) as number[]
  console.log(`${'contender'.padEnd(44)} µs CPU per ${unit}   ratio`)
  for (const name of names) {
    const own = cpu.get(name) as number[]
    const ratio = median(own.map((value, round) => value / (base[round] as number)))
    console.log(`${name.padEnd(44)} ${median(own).toFixed(3).padStart(15)} ${ratio.toFixed(2).padStart(7)}`)
  }
}
