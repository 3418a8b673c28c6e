import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { root, run } from './run.ts'

/** The package as it would be published: its metadata, its types, and a stranger's project that installs and uses it. */
const folder = resolve(root, 'artifacts/package')
const consumer = resolve(folder, 'consumer')

const program = `
import { catchStreamError, fromEventStream, isSseError, openaiChat } from 'rx-sse'
import { scenarios, startFaultServer } from 'rx-sse/testing'
import { EMPTY, lastValueFrom, toArray } from 'rxjs'

const server = await startFaultServer(scenarios['clean-end'])
const stream = fromEventStream(server.url, { dialect: openaiChat(), retry: false }).pipe(
  catchStreamError('stream_terminated', (error) => {
    if (!isSseError(error) || error.reason !== 'clean_end') throw error
    return EMPTY
  }),
  toArray(),
)
const chunks = await lastValueFrom(stream)
const text: string = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')
await server.close()
if (text !== 'A stream that stops') throw new Error(text)
console.log('as installed: ok')
`

const options = {
  compilerOptions: {
    module: 'nodenext',
    target: 'es2023',
    lib: ['es2023'],
    types: ['node'],
    strict: true,
    noEmit: true,
    skipLibCheck: false,
  },
  files: ['program.ts'],
}

function prepare(): number {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(consumer, { recursive: true })
  writeFileSync(resolve(consumer, 'package.json'), '{"type":"module","private":true}')
  writeFileSync(resolve(consumer, 'program.ts'), program)
  writeFileSync(resolve(consumer, 'tsconfig.json'), JSON.stringify(options))
  return run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder])
}

function check(): number {
  const tarball = resolve(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) as string)
  const packages = [tarball, 'rxjs@7', '@types/node@22']
  return (
    run('publint', ['run', tarball, '--strict']) ||
    // ESM only: that CommonJS cannot require its types is meant.
    run('attw', [tarball, '--profile', 'esm-only', '--format', 'ascii']) ||
    run('npm', ['install', '--prefix', consumer, '--silent', '--no-package-lock', ...packages]) ||
    run('tsc', ['-p', consumer]) ||
    run('node', [resolve(consumer, 'program.ts')]) ||
    run('node', [resolve(consumer, 'node_modules/rx-sse/dist/cli/bin.js'), '--version'])
  )
}

process.exitCode = prepare() || check()
