import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import { lifecycleScripts, productionTree, readLock, weakPlaces } from './lock-file.ts'
import { root } from './run.ts'

/**
 * What the package brings along, and whether somebody could exchange it unseen. `--require-signatures`: that the registry's signatures
 * cannot be looked at is a failure, too.
 */
const LOCK_FILES = [
  '',
  'bench/',
  'test/browser/',
  'test/servers/',
  'examples/apps/',
  'examples/apps/servers/',
]

const packageJson = (folder: string): Parameters<typeof lifecycleScripts>[0] =>
  JSON.parse(readFileSync(resolve(root, folder, 'package.json'), 'utf8'))

function problems(): readonly string[] {
  const found: string[] = []
  for (const folder of LOCK_FILES) {
    const file = resolve(root, folder, 'package-lock.json')
    found.push(...weakPlaces(readLock(file)).map((weak) => `${relative(root, file)}: ${weak}`))
  }
  const own = lifecycleScripts(packageJson('.')).filter((name) => name !== 'prepack')
  found.push(...own.map((name) => `package.json: npm runs the script ${name} by itself`))
  const lock = readLock(resolve(root, 'package-lock.json'))
  for (const { name, folder, hasInstallScript } of productionTree(lock, 'dependencies')) {
    const scripts = lifecycleScripts(packageJson(folder)).filter((script) => /install$/.test(script))
    if (hasInstallScript === true || scripts.length > 0)
      found.push(`${name} runs a script when it is installed`)
  }
  return found
}

/** That it cannot be asked says nothing of the packages. */
const UNREACHABLE = /^(?:ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|E40[345]|E50\d)$/

type Signatures = { readonly state: 'verified' | 'unknown' | 'wrong'; readonly words: string }

function signatures(): Signatures {
  const args = ['audit', 'signatures', '--json', '--fetch-retries=0', '--fetch-timeout=20000']
  const { stdout, error } = spawnSync('npm', args, { cwd: root, encoding: 'utf8', timeout: 120_000 })
  if (error !== undefined) return { state: 'unknown', words: `npm audit signatures: ${error.message}` }
  const said = parsed(stdout)
  if (said?.invalid !== undefined && said.missing !== undefined) {
    const wrong = [...said.invalid, ...said.missing].map(({ name, version }) => `${name}@${version}`)
    return wrong.length === 0
      ? { state: 'verified', words: 'the registry has signed every package' }
      : { state: 'wrong', words: `not signed, or not by the registry: ${wrong.join(', ')}` }
  }
  const code = said?.error?.code ?? 'no answer'
  return UNREACHABLE.test(code)
    ? { state: 'unknown', words: `the signatures cannot be verified from here (${code})` }
    : { state: 'wrong', words: `npm audit signatures: ${code}` }
}

interface Said {
  readonly invalid?: readonly { readonly name: string; readonly version: string }[]
  readonly missing?: readonly { readonly name: string; readonly version: string }[]
  readonly error?: { readonly code?: string }
}

function parsed(text: string): Said | undefined {
  try {
    return JSON.parse(text) as Said
  } catch {
    return undefined
  }
}

const found = problems()
for (const problem of found) console.error(problem)
const { state, words } = signatures()
console.log(words)
const isUnsure = state === 'unknown' && process.argv.includes('--require-signatures')
if (found.length > 0 || state === 'wrong' || isUnsure) process.exitCode = 1
else
  console.log(
    `${LOCK_FILES.length} lock files: every package has its hash, and none of ours runs a script on install`,
  )
