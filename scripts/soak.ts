import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { runKilled } from '../test/load/soak/killed.ts'
import { runSoak } from '../test/load/soak/run.ts'
import { type Mistake, mistakes } from '../test/load/soak/tamper.ts'
import { killedWords, soakWords } from '../test/load/soak/words.ts'
import { root } from './run.ts'

const HELP = `Usage: npm run soak -- [options]

Many concurrent streams to the fault server in another process, each held to its account; then a server that is killed
under its streams and started again. Exit code 1 if anything is off.

  --minutes N       how long, once all streams are there (10); or --seconds N
  --streams N       at a time (5000)
  --ramp N          as many are started in a second (500)
  --failing N       share that fails, from 0 to 1 (0.2)
  --pace A-B        milliseconds between two events of a stream (200-2000)
  --tokens A-B      of a completion (10-60)
  --seed N          the same seed makes the same streams (1)
  --kills N         how often the server is killed (3); 0: never
  --killed-streams N  under so many streams (2000)
  --json FILE       write the report as JSON too
  --write           put the report into docs/load.md
  --mistake NAME    let every tenth stream make a mistake, which must be found: ${Object.keys(mistakes).join(', ')}
  --patience N      milliseconds that a stream may be late by before it counts as silent (45000)`

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seconds: { type: 'string' },
    streams: { type: 'string', default: '5000' },
    ramp: { type: 'string', default: '500' },
    failing: { type: 'string', default: '0.2' },
    pace: { type: 'string', default: '200-2000' },
    tokens: { type: 'string', default: '10-60' },
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '3' },
    'killed-streams': { type: 'string', default: '2000' },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
    mistake: { type: 'string' },
    patience: { type: 'string' },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

function number(name: string, text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0)
    throw new Error(`--${name}: no number: ${text}`)
  return value
}

function range(name: string, text: string): [number, number] {
  const [least, most] = text.split('-').map((part) => number(name, part))
  if (least === undefined || most === undefined || least > most)
    throw new Error(`--${name}: not as 10-60: ${text}`)
  return [least, most]
}

const MARKERS = ['<!-- run -->', '<!-- end -->'] as const

/** Between the markers of the page. */
function writePage(words: readonly string[]): void {
  const file = resolve(root, 'docs/load.md')
  const page = readFileSync(file, 'utf8')
  const from = page.indexOf(MARKERS[0])
  const to = page.indexOf(MARKERS[1], from)
  if (from < 0 || to < 0) throw new Error(`docs/load.md has no ${MARKERS.join(' … ')}`)
  writeFileSync(file, `${page.slice(0, from + MARKERS[0].length)}\n${words.join('\n')}\n${page.slice(to)}`)
}

async function main(): Promise<void> {
  if (values.help) {
    console.log(HELP)
    return
  }
  const seconds =
    values.seconds === undefined ? number('minutes', values.minutes) * 60 : number('seconds', values.seconds)
  const mistake = values.mistake
  if (mistake !== undefined && !Object.hasOwn(mistakes, mistake))
    throw new Error(`--mistake: none is ${mistake}`)
  const paceMs = range('pace', values.pace)
  const tokens = range('tokens', values.tokens)
  // Less has no place for a cut that proves something.
  if (tokens[0] < 5) throw new Error('--tokens: at least 5')
  const seed = number('seed', values.seed)
  const rampPerSecond = number('ramp', values.ramp)

  const soak = await runSoak({
    lots: { seed, failing: number('failing', values.failing), paceMs, tokens },
    streams: number('streams', values.streams),
    seconds,
    rampPerSecond,
    ...(mistake !== undefined && { tamper: mistakes[mistake as Mistake] }),
    ...(values.patience !== undefined && { patienceMs: number('patience', values.patience) }),
    say: console.log,
  })
  const kills = number('kills', values.kills)
  const killed =
    kills === 0
      ? undefined
      : await runKilled({
          lots: { seed, paceMs: [250, 400], tokens: [20, 30] },
          streams: number('killed-streams', values['killed-streams']),
          rampPerSecond,
          kills,
          downMs: 1_000,
          before: soak.after,
          say: console.log,
        })

  const words = [...soakWords(soak), ...(killed === undefined ? [] : ['', ...killedWords(killed)])]
  console.log(`\n${words.join('\n')}`)
  if (values.json !== undefined) {
    mkdirSync(dirname(resolve(values.json)), { recursive: true })
    writeFileSync(values.json, `${JSON.stringify({ soak, killed }, null, 1)}\n`)
  }
  if (values.write) writePage(words)
  if (soak.off.length > 0 || (killed?.off.length ?? 0) > 0) process.exitCode = 1
}

await main()
// A timer that a mistake has left behind must not keep the process.
process.exit()
