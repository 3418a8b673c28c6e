import { mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { root, run } from './run.ts'

/** The oldest Node that is supported, and the current LTS. The repo's own Node is newer than both. */
const VERSIONS = ['22.19.0', '24']

let worst = 0
for (const version of VERSIONS) {
  const major = version.split('.')[0]
  const prefix = resolve(root, `artifacts/node-${major}`)
  mkdirSync(prefix, { recursive: true })
  const platform = process.platform === 'win32' ? 'win' : process.platform
  // The platform's package holds the binary itself: no install script is needed.
  const name = `node-${platform}-${process.arch}`
  const installed = run('npm', [
    'install',
    '--prefix',
    prefix,
    '--no-save',
    '--no-package-lock',
    '--silent',
    `${name}@${version}`,
  ])
  if (installed !== 0) throw new Error(`could not install ${name}@${version}`)
  const bin = resolve(prefix, 'node_modules', name, 'bin')
  run(resolve(bin, 'node'), ['-p', '"Node " + process.version'])
  const env = { VITEST_REPORT: resolve(root, `artifacts/vitest-node-${major}.json`) }
  const status = run(resolve(bin, 'node'), ['node_modules/vitest/vitest.mjs', 'run'], { node: bin, env })
  worst = Math.max(worst, status)
}
process.exitCode = worst
