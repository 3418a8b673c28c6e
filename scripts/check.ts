import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { root, run } from './run.ts'

/** Everything that must hold before a change is handed in. `--no-tests` leaves the test suite out. */
const steps: [string, () => number][] = [
  ['format and lint', () => run('biome', ['ci', '--error-on-warnings', '.'])],
  ['types', () => run('tsc', ['-p', 'tsconfig.json'])],
  ['unused code and dependencies', () => run('knip', [])],
  ['tests', () => run('node', ['scripts/test.ts'])],
  ['build', () => run('node', ['scripts/build.ts'])],
  ['package', checkPackage],
]

function checkPackage(): number {
  const folder = resolve(root, 'artifacts/package')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const packed = run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder])
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
  if (packed !== 0 || tarball === undefined) return 1
  const path = resolve(folder, tarball)
  // ESM only: that CommonJS cannot require its types is meant.
  return run('publint', ['run', path, '--strict']) || run('attw', [path, '--profile', 'esm-only'])
}

for (const [name, step] of steps) {
  if (name === 'tests' && process.argv.includes('--no-tests')) continue
  const started = performance.now()
  const status = step()
  const seconds = ((performance.now() - started) / 1000).toFixed(1)
  console.log(`${status === 0 ? 'ok' : 'FAILED'}  ${name} (${seconds} s)`)
  if (status !== 0) {
    process.exitCode = status
    break
  }
}
