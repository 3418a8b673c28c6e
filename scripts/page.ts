import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { root, run } from './run.ts'

/** `npm run page`: builds the live page where it is older than what it is made of, and starts it from the source. */
const BUILT = resolve(root, 'dist/page/index.html')
const SOURCES = ['page/src', 'page/index.html', 'page/vite.config.ts', 'src', 'package-lock.json']

const changedAt = (path: string): number => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

const newest = (path: string): number => {
  if (!statSync(path).isDirectory()) return changedAt(path)
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
  return Math.max(0, ...files.map((name) => changedAt(join(path, name))))
}

const isStale = changedAt(BUILT) < Math.max(...SOURCES.map((path) => newest(resolve(root, path))))
const built = isStale ? run('vite', ['build', 'page', '--logLevel', 'warn']) : 0
if (built === 0) {
  // In this process, so that whoever ends it ends the servers too.
  process.argv.splice(2, 0, 'page')
  await import('../src/cli/bin.ts')
} else {
  process.exitCode = built
}
