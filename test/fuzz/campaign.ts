import type { Coverage } from './coverage.ts'
import type { FuzzInput } from './fuzz-input.ts'
import { minimize } from './minimize.ts'
import { mutate } from './mutate.ts'
import { Random } from './random.ts'
import { runInput, TARGET_NAMES, TARGETS } from './targets.ts'
import { WIRE_NAMES } from './wires.ts'

export interface CampaignOptions {
  /** How many inputs in all, the seeds among them. */
  readonly inputs: number
  readonly seed: number
  readonly seeds: readonly FuzzInput[]
  /** Looked at after every batch; without it only what inputs come to guides. */
  readonly coverage?: Coverage
  /** Milliseconds after which it ends whatever is left. Default: none. */
  readonly forMs?: number
  /** Default: 32 finds; a rule that does not hold is counted once a target and wire. */
  readonly maxFinds?: number
  readonly onProgress?: (progress: Progress) => void
  /** Told at once. */
  readonly onFind?: (find: Find) => void
}

interface Progress {
  readonly inputs: number
  /** Different things that inputs have come to. */
  readonly outcomes: number
  readonly finds: number
}

/** A rule that did not hold, with the smallest input that shows it. */
interface Find {
  readonly input: FuzzInput
  readonly message: string
}

export interface Campaign {
  readonly inputs: number
  readonly perTarget: Readonly<Record<string, number>>
  readonly finds: readonly Find[]
  /** What the last mutants were made of. */
  readonly corpus: readonly FuzzInput[]
  /** Those that ran code which had not run before. */
  readonly fresh: readonly FuzzInput[]
  /** The inputs that took the longest for their length. */
  readonly slowest: readonly { readonly input: FuzzInput; readonly ms: number }[]
}

/** So many inputs between two looks at the coverage. A look costs some milliseconds. */
const BATCH = 1_024
/** So many inputs after the seeds, nearly every batch runs something new: whose it was is asked only later, when it is rare. */
const WARM_UP = 30_000
/** So many inputs further, hardly one runs something new: from there on what inputs come to guides alone, in half the time. */
const GUIDED = 150_000
/** To find whose it was runs a batch several times over: once in so many inputs at most. */
const LOOK_EVERY = 20_000
/** Most inputs of a target that are kept: beyond them a new one takes the place of any. */
const MAX_KEPT = 2_000

/**
 * Mutates what is in the corpus and runs it. What comes to something new (another ending, other counts, code that had not
 * run) joins the corpus. The same options give the same run, as long as `forMs` does not end it.
 */
export function runCampaign(options: CampaignOptions): Campaign {
  const { coverage, maxFinds = 32, forMs = Number.POSITIVE_INFINITY } = options
  const random = new Random(options.seed)
  const weighted = TARGET_NAMES.flatMap((name) => Array<string>(TARGETS[name]?.weight ?? 1).fill(name))
  const byTarget = new Map(TARGET_NAMES.map((name) => [name, [] as FuzzInput[]]))
  const known = new Set<string>()
  const finds = new Map<string, Find>()
  const fresh: FuzzInput[] = []
  const perTarget: Record<string, number> = {}
  const slowest: { input: FuzzInput; ms: number }[] = []
  const started = performance.now()
  let count = 0
  let asked = 0
  let isGuided = coverage !== undefined
  let batch: FuzzInput[] = []

  const keep = (input: FuzzInput): void => {
    const kept = byTarget.get(input.target) as FuzzInput[]
    if (kept.length < MAX_KEPT) kept.push(input)
    else kept[random.int(MAX_KEPT)] = input
  }
  const run = (input: FuzzInput): void => {
    count++
    perTarget[input.target] = (perTarget[input.target] ?? 0) + 1
    batch.push(input)
    const before = performance.now()
    try {
      const signature = `${input.target} ${input.wire} ${runInput(input)}`
      if (!known.has(signature)) {
        known.add(signature)
        keep(input)
      }
    } catch (error) {
      const find = findOf(input, error, finds)
      if (find !== undefined) options.onFind?.(find)
    }
    const ms = performance.now() - before
    if (slowest.length < 16 || ms > (slowest.at(-1)?.ms ?? 0)) {
      slowest.push({ input, ms })
      slowest.sort((a, b) => b.ms - a.ms)
      slowest.length = Math.min(slowest.length, 16)
    }
  }
  const look = (): void => {
    if (isGuided && count > options.seeds.length + GUIDED) {
      isGuided = false
      coverage?.pause()
    }
    const mayAsk = count > options.seeds.length + WARM_UP && count - asked >= LOOK_EVERY
    if (coverage !== undefined && isGuided && coverage.take(!mayAsk) > 0) {
      const found = mayAsk ? freshOf(batch, coverage) : []
      fresh.push(...found)
      // Not asked, any of them may be it.
      for (const input of mayAsk ? found : Array.from({ length: 8 }, () => random.pick(batch))) keep(input)
      if (mayAsk) {
        asked = count
        // What ran once and does not again: a cache was filled. It is not looked for any more.
        for (const input of found.length === 0 ? batch : []) quietly(input)
        coverage.take(true)
      }
    }
    batch = []
    options.onProgress?.({ inputs: count, outcomes: known.size, finds: finds.size })
  }

  for (const input of options.seeds) {
    if (count >= options.inputs) break
    run(input)
    if (batch.length >= BATCH) look()
  }
  look()
  while (count < options.inputs && finds.size < maxFinds && performance.now() - started < forMs) {
    const target = random.pick(weighted)
    const own = byTarget.get(target) as FuzzInput[]
    const base = random.pick(own)
    const other = random.pick(byTarget.get(random.pick(TARGET_NAMES)) as FuzzInput[])
    const wire = random.chance(0.05) ? random.pick(WIRE_NAMES) : base.wire
    const seed = random.chance(0.5) ? base.seed : random.int(1 << 30)
    run({ target, wire, seed, body: mutate(base.body, random, other.body) })
    if (batch.length >= BATCH) look()
  }
  look()
  const corpus = [...byTarget.values()].flat()
  if (coverage !== undefined && !isGuided) {
    coverage.resume()
    for (const input of corpus) quietly(input)
    coverage.take(true)
  }
  return { inputs: count, perTarget, finds: [...finds.values()], corpus, fresh, slowest: timedAgain(slowest) }
}

/** Those of a batch that run code which had not run: halved until they are alone. */
function freshOf(batch: readonly FuzzInput[], coverage: Coverage): FuzzInput[] {
  for (const input of batch) quietly(input)
  const isAlone = batch.length === 1
  if (batch.length === 0 || coverage.take(isAlone) === 0) return []
  if (isAlone) return [...batch]
  const half = batch.length >> 1
  return [...freshOf(batch.slice(0, half), coverage), ...freshOf(batch.slice(half), coverage)]
}

/**
 * The fewest inputs, as far as one after the other finds them, that run what all of them run beyond the seeds.
 */
export function minimizedByCoverage(
  inputs: readonly FuzzInput[],
  seeds: readonly FuzzInput[],
  coverage: Coverage,
): FuzzInput[] {
  coverage.forget()
  for (const input of seeds) quietly(input)
  coverage.take(true)
  const shortFirst = [...inputs].sort((a, b) => a.body.length - b.body.length)
  const kept: FuzzInput[] = []
  for (let at = 0; at < shortFirst.length; at += BATCH)
    kept.push(...freshOf(shortFirst.slice(at, at + BATCH), coverage))
  return kept
}

/** What else ran meanwhile is not the input's: the best of five counts. */
function timedAgain(slowest: Campaign['slowest']): Campaign['slowest'] {
  const timed = slowest.map(({ input }) => {
    let best = Number.POSITIVE_INFINITY
    for (let round = 0; round < 5; round++) {
      const before = performance.now()
      quietly(input)
      best = Math.min(best, performance.now() - before)
    }
    return { input, ms: best }
  })
  return timed.sort((a, b) => b.ms - a.ms)
}

function quietly(input: FuzzInput): void {
  try {
    runInput(input)
  } catch {
    // It was noted when it ran first.
  }
}

/** What rule it was, without what differs from input to input. */
const ruleOf = (error: unknown): string =>
  error instanceof Error
    ? `${error.name}: ${(error.message.split(/[:\n]/)[0] ?? '').replace(/\d+/g, 'N')}`
    : String(error)

/** A find, if it is another one than those before. */
function findOf(input: FuzzInput, error: unknown, finds: Map<string, Find>): Find | undefined {
  const rule = ruleOf(error)
  const key = `${input.target} ${input.wire} ${rule}`
  if (finds.has(key)) return undefined
  const smallest = minimize(input, (candidate) => {
    try {
      runInput(candidate)
      return false
    } catch (again) {
      return ruleOf(again) === rule
    }
  })
  let message = error instanceof Error ? error.message : String(error)
  try {
    runInput(smallest)
  } catch (again) {
    message = again instanceof Error ? `${again.message}\n${again.stack}` : String(again)
  }
  const find = { input: smallest, message }
  finds.set(key, find)
  return find
}
