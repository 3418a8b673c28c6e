import { installed, run } from './run.ts'

/** Everything that must hold before a change is handed in. `--no-tests` leaves the test suite out. */
const steps: [string, () => number][] = [
  ['format and lint', () => run('biome', ['ci', '--error-on-warnings', '.'])],
  ['types', () => run('tsc', ['-p', 'tsconfig.json'])],
  ['types of the page', () => run('tsc', ['-p', 'page'])],
  // The adapters need what they adapt.
  ['types of the peers', () => (installed('bench') ? run('tsc', ['-p', 'bench']) : 0)],
  [
    'types of the tests in browsers',
    () => (installed('test/browser') ? run('tsc', ['-p', 'test/browser']) : 0),
  ],
  ['unused code and dependencies', () => run('knip', [])],
  ['tests', () => run('node', ['scripts/test.ts'])],
  ['build', () => run('node', ['scripts/build.ts'])],
  ['the package', () => run('node', ['scripts/check-package.ts'])],
]

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
