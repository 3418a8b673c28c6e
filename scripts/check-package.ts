import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'
import { packageProblems, readTarball } from './packed-files.ts'
import { root, run } from './run.ts'

/** The package as it would be published: its metadata, its types, and strangers' projects that install and use it. */
const folder = resolve(root, 'artifacts/package')
const consumer = resolve(folder, 'consumer')
/** Outside of the repo, whose `@types` would be found from within it. */
const page = mkdtempSync(resolve(tmpdir(), 'rx-sse-page-'))

const program = `
import { catchStreamError, fromEventStream, isSseError, openaiChat, undiciTransport } from 'rx-sse'
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

let face = 'Node'
try {
  undiciTransport()
} catch {
  face = 'web'
}
if (face !== process.argv[2]) throw new Error('the face is that for ' + face)
console.log('as installed, the face for ' + face + ': ok')
`

const dispatchers = `
import { fromEventStream, undiciTransport } from 'rx-sse'
import { Agent, MockAgent, ProxyAgent } from 'undici'

for (const dispatcher of [new Agent(), new ProxyAgent('http://proxy.example'), new MockAgent()]) {
  fromEventStream('http://example.test/', { dispatcher, transport: undiciTransport(dispatcher) })
}
`

const inPage = `
import { eventStreamSignals, fetchTransport, openaiChat, viewState } from 'rx-sse'
import { eventStreamResponse } from 'rx-sse/relay'

const chat = openaiChat()
const view = viewState({ seed: '', reduce: (text, chunk: Parameters<typeof chat.text>[0]) => text + chat.text(chunk) })
const transport = fetchTransport({ fetch: globalThis.fetch, credentials: 'include' })
const signals = eventStreamSignals('/chat', { dialect: chat, transport, body: { stream: true } })
signals.pipe(view).subscribe(({ value, canStop }) => {
  document.body.textContent = value
  if (canStop && value.length > 1000) view.stop()
})
export const relayed: Response = eventStreamResponse(signals)
`

const strict = {
  target: 'es2023',
  strict: true,
  exactOptionalPropertyTypes: true,
  noEmit: true,
  skipLibCheck: false,
}

const project = (compilerOptions: object, ...files: string[]): string =>
  JSON.stringify({ compilerOptions: { ...strict, ...compilerOptions }, files })

/** No type of Node, and none of undici. */
const ofPages = { lib: ['es2023', 'dom'], types: [] }

const FILES: Record<string, Record<string, string>> = {
  [consumer]: {
    'package.json': '{"type":"module","private":true}',
    'program.ts': program,
    'tsconfig.json': project({ module: 'nodenext', lib: ['es2023'], types: ['node'] }, 'program.ts'),
    'dispatchers.ts': dispatchers,
    // undici's own declarations are not ours to check.
    'tsconfig.dispatchers.json': project(
      { module: 'nodenext', lib: ['es2023'], types: ['node'], skipLibCheck: true },
      'dispatchers.ts',
    ),
  },
  [page]: {
    'package.json': '{"type":"module","private":true}',
    'program.ts': inPage,
    'tsconfig.json': project({ ...ofPages, module: 'nodenext' }, 'program.ts'),
    'tsconfig.bundler.json': project(
      { ...ofPages, module: 'esnext', moduleResolution: 'bundler', customConditions: ['browser'] },
      'program.ts',
    ),
  },
}

function prepare(): number {
  rmSync(folder, { recursive: true, force: true })
  for (const [place, files] of Object.entries(FILES)) {
    mkdirSync(place, { recursive: true })
    for (const [name, text] of Object.entries(files)) writeFileSync(resolve(place, name), text)
  }
  return run('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder])
}

const install = (place: string, ...packages: string[]): number =>
  run('npm', ['install', '--prefix', place, '--silent', '--no-package-lock', ...packages])

function checkFiles(tarball: string): number {
  const problems = packageProblems(readTarball(tarball))
  for (const problem of problems) console.error(problem)
  return problems.length === 0 ? 0 : 1
}

function check(): number {
  const tarball = resolve(folder, readdirSync(folder).find((name) => name.endsWith('.tgz')) as string)
  return (
    checkFiles(tarball) ||
    run('publint', ['run', tarball, '--strict']) ||
    // ESM only: that CommonJS cannot require its types is meant.
    run('attw', [tarball, '--profile', 'esm-only', '--format', 'ascii']) ||
    install(consumer, tarball, 'rxjs@7', '@types/node@22') ||
    run('tsc', ['-p', consumer]) ||
    run('tsc', ['-p', resolve(consumer, 'tsconfig.dispatchers.json')]) ||
    run('node', [resolve(consumer, 'program.ts'), 'Node']) ||
    run('node', ['--conditions=browser', resolve(consumer, 'program.ts'), 'web']) ||
    run('node', [resolve(consumer, 'node_modules/rx-sse/dist/cli/bin.js'), '--version']) ||
    install(page, tarball, 'rxjs@7') ||
    run('tsc', ['-p', page]) ||
    run('tsc', ['-p', resolve(page, 'tsconfig.bundler.json')])
  )
}

try {
  process.exitCode = prepare() || check()
} finally {
  rmSync(page, { recursive: true, force: true })
}
