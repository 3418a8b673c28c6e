import { chmodSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { root, run } from './run.ts'

rmSync(resolve(root, 'dist'), { recursive: true, force: true })
const status =
  run('tsc', ['-p', 'tsconfig.build.json']) || run('vite', ['build', 'page', '--logLevel', 'warn'])
if (status === 0) chmodSync(resolve(root, 'dist/cli/bin.js'), 0o755)
process.exitCode = status
