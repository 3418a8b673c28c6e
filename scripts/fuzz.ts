import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Coverage, type CoverageSummary } from '../test/fuzz/coverage.ts'
import { root } from './run.ts'

/** Coverage-guided fuzzing from bytes to values: docs/fuzzing.md. */
const { values: options } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string' },
    corpus: { type: 'boolean', default: false },
  },
})
const inputs = Number(options.inputs)
const seed = Number(options.seed)
if (!(Number.isSafeInteger(inputs) && inputs > 0 && Number.isSafeInteger(seed)))
  throw new TypeError('--inputs and --seed are whole numbers, --inputs from 1 up.')

const FOLDERS = ['decode', 'session', 'dialects', 'errors', 'relay', 'messages'].map(
  (name) => `/src/${name}/`,
)
const coverage = new Coverage((url) => FOLDERS.some((folder) => url.includes(folder)))
const folderOf = (url: string): string => `src/${/\/src\/([^/]+)\//.exec(url)?.[1]}`

// Only now: the counters have to run before the code is there.
const { minimizedByCoverage, runCampaign } = await import('../test/fuzz/campaign.ts')
const { corpusInputs, writeCorpus } = await import('../test/fuzz/corpus.ts')
const { toJson } = await import('../test/fuzz/fuzz-input.ts')
const { seedInputs } = await import('../test/fuzz/seeds.ts')
const { growthOf } = await import('../test/fuzz/growth.ts')

const artifacts = resolve(root, 'artifacts/fuzz')
mkdirSync(artifacts, { recursive: true })

const started = performance.now()
const seeds = [...seedInputs(), ...corpusInputs()]
let told = 0
let found = 0
let atSeeds: CoverageSummary[] = []
const campaign = runCampaign({
  inputs,
  seed,
  seeds,
  coverage,
  ...(options.seconds === undefined ? {} : { forMs: Number(options.seconds) * 1_000 }),
  onFind: ({ input, message }) => {
    const file = resolve(artifacts, `find-${++found}.json`)
    writeFileSync(
      file,
      `${JSON.stringify({ ...toJson(input), shows: message.split('\n')[0] }, undefined, 2)}\n`,
    )
    console.log(`FOUND ${file}\n${JSON.stringify(toJson(input))}\n${message}\n`)
  },
  onProgress: ({ inputs: done, outcomes, finds }) => {
    if (atSeeds.length === 0 && done >= Math.min(seeds.length, inputs)) atSeeds = coverage.summary(folderOf)
    if (done - told < 50_000) return
    told = done
    const seconds = (performance.now() - started) / 1_000
    console.log(
      `${done} inputs, ${outcomes} outcomes, ${finds} finds, ${Math.round(done / seconds)} a second`,
    )
  },
})
const seconds = (performance.now() - started) / 1_000

console.log(`\n${campaign.inputs} inputs with seed ${seed} in ${seconds.toFixed(0)} s`)
console.table(campaign.perTarget)
printCoverage(atSeeds, coverage.summary(folderOf))

const growths = campaign.slowest.slice(0, 8).map(({ input, ms }) => ({ ...growthOf(input), ms }))
console.log('\nthe slowest inputs, and by how much more time eight times their body takes:')
for (const { input, ms, factor } of growths)
  console.log(
    `  ${input.target}, ${input.wire}: ${ms.toFixed(1)} ms, ${input.body.length} bytes, × ${factor.toFixed(1)}`,
  )

if (options.corpus) {
  const candidates = [...corpusInputs(), ...campaign.fresh, ...campaign.corpus]
  const beyondSeeds = minimizedByCoverage(candidates, seedInputs(), coverage)
  console.log(`corpus: ${writeCorpus(beyondSeeds)} inputs`)
}
coverage.stop()
const tooSlow = growths.filter(({ isSuperlinear }) => isSuperlinear).length
console.log(`\n${campaign.finds.length} finds, ${tooSlow} inputs whose time grows faster than they do`)
process.exitCode = campaign.finds.length + tooSlow === 0 ? 0 : 1

function printCoverage(before: readonly CoverageSummary[], after: readonly CoverageSummary[]): void {
  const share = ({ covered, known }: CoverageSummary): string => `${((100 * covered) / known).toFixed(1)} %`
  const rows = after.map((summary) => {
    const first = before.find(({ name }) => name === summary.name)
    return {
      folder: summary.name,
      'after the seeds': first === undefined ? '' : share(first),
      'at the end': share(summary),
      'blocks that never ran': summary.blocks.length,
    }
  })
  console.table(rows)
  const lines = after.flatMap(({ blocks }) =>
    blocks.map(({ url, from, to }) => `${fileURLToPath(url).slice(root.length + 1)} ${from}-${to}`),
  )
  writeFileSync(resolve(artifacts, 'never-ran.txt'), `${lines.join('\n')}\n`)
}
