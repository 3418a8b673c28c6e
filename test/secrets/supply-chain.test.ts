import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, expect, it, onTestFinished } from 'vitest'
import { lifecycleScripts, productionTree, readLock, weakPlaces } from '../../scripts/lock-file.ts'
import { packageProblems, readTarball } from '../../scripts/packed-files.ts'

const root = resolve(import.meta.dirname, '../..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const lock = readLock(join(root, 'package-lock.json'))

describe('what somebody installs who installs rx-sse', () => {
  it('is this, and nothing else: whoever adds a package has to say so here', () => {
    const names = (kind: 'dependencies' | 'peerDependencies'): readonly string[] =>
      productionTree(lock, kind).map(({ name }) => name)
    expect(names('dependencies')).toEqual(['eventsource-parser', 'undici'])
    expect(names('peerDependencies')).toEqual(['rxjs', 'tslib'])
  })

  it('runs no script when it is installed, nor do we', () => {
    for (const kind of ['dependencies', 'peerDependencies'] as const) {
      for (const { folder, hasInstallScript } of productionTree(lock, kind)) {
        expect(hasInstallScript, folder).toBeUndefined()
        const scripts = lifecycleScripts(JSON.parse(read(`${folder}/package.json`)))
        expect(scripts.filter((name) => /install$/.test(name))).toEqual([])
      }
    }
    expect(lifecycleScripts(JSON.parse(read('package.json')))).toEqual(['prepack'])
  })

  it('has licences that ask for no more than their mention', () => {
    const licences = [...productionTree(lock, 'dependencies'), ...productionTree(lock, 'peerDependencies')]
    expect(licences.map(({ name, license }) => `${name} ${license}`)).toEqual([
      'eventsource-parser MIT',
      'undici MIT',
      'rxjs Apache-2.0',
      'tslib 0BSD',
    ])
  })
})

describe('the lock files', () => {
  it.each(['', 'bench/', 'test/browser/', 'test/servers/', 'examples/apps/', 'examples/apps/servers/'])(
    'name the hash of every package, and no other place than the public registry: %s',
    (folder) => {
      const file = readLock(join(root, `${folder}package-lock.json`))
      expect(Object.keys(file.packages).length).toBeGreaterThan(1)
      expect(weakPlaces(file)).toEqual([])
    },
  )

  it('would be found out if they did not', () => {
    const integrity = `sha512-${'A'.repeat(86)}==`
    const packages = {
      '': { version: '1.0.0' },
      'node_modules/whole': { integrity },
      'node_modules/public': { integrity, resolved: 'https://registry.npmjs.org/public/-/public-1.0.0.tgz' },
      'node_modules/linked': { link: true, resolved: 'linked' },
      'node_modules/bare': {},
      'node_modules/short': { integrity: 'sha1-AAAA' },
      'node_modules/git': { integrity, resolved: 'git+ssh://git@github.com/a/b.git#c' },
      'node_modules/elsewhere': { integrity, resolved: 'https://registry.npmjs.org.example/a.tgz' },
    }
    expect(weakPlaces({ lockfileVersion: 3, packages })).toEqual([
      'node_modules/bare has no SHA-512',
      'node_modules/short has no SHA-512',
      'node_modules/git comes from elsewhere than the public registry',
      'node_modules/elsewhere comes from elsewhere than the public registry',
    ])
    expect(weakPlaces({ lockfileVersion: 2, packages: {} })).toHaveLength(1)
  })

  it('are followed as Node does it: the nearest folder first', () => {
    const packages = {
      '': { dependencies: { a: '*' } },
      'node_modules/a': { version: '1.0.0', dependencies: { b: '*', '@s/c': '*' } },
      'node_modules/b': { version: '1.0.0' },
      'node_modules/a/node_modules/b': { version: '2.0.0', dependencies: { '@s/c': '*' } },
      'node_modules/@s/c': { version: '3.0.0' },
      'node_modules/unused': { version: '1.0.0' },
    }
    const tree = productionTree({ lockfileVersion: 3, packages }, 'dependencies')
    expect(tree.map(({ name, version }) => `${name}@${version}`)).toEqual([
      '@s/c@3.0.0',
      'a@1.0.0',
      'b@2.0.0',
    ])
    const { 'node_modules/@s/c': _, ...less } = packages
    expect(() => productionTree({ lockfileVersion: 3, packages: less }, 'dependencies')).toThrow('no @s/c')
  })
})

/** A tarball as npm makes them, of these files; `type` as in [ustar]. */
function tarball(files: Readonly<Record<string, string>>, type = '0'): string {
  const blocks = Object.entries(files).flatMap(([path, text]) => {
    const head = Buffer.alloc(512)
    head.write(`package/${path}`, 0)
    head.write(Buffer.byteLength(text).toString(8).padStart(11, '0'), 124)
    head.write(type, 156)
    const body = Buffer.alloc(Math.ceil(Buffer.byteLength(text) / 512) * 512)
    body.write(text)
    return [head, body]
  })
  const folder = mkdtempSync(join(tmpdir(), 'rx-sse-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'a.tgz')
  writeFileSync(file, gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)])))
  return file
}

describe('the published package', () => {
  const whole = {
    'package.json': '{"scripts":{"prepack":"x","test":"x"}}',
    'dist/index.js': '',
    'src/a/b.ts': '',
  }

  it('may hold what it is meant to hold', () => {
    expect(packageProblems(readTarball(tarball(whole)))).toEqual([])
  })

  it.each([
    ['a test', { 'src/a.test.ts': '' }],
    ['a fixture', { 'fixtures/openai/a.sse': '' }],
    ['a file beside the others', { 'dist/.env': '' }],
    ['an environment', { '.env': '' }],
    ['an npmrc', { '.npmrc': '' }],
    ['a key', { 'docs/a.md': `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(64)}\n` }],
    ['an API key', { 'src/a.ts': `const key = 'sk-proj-${'a1'.repeat(20)}'` }],
    ['a token of a registry', { 'README.md': `npm_${'a'.repeat(36)}` }],
    ['a script that runs on install', { 'package.json': '{"scripts":{"postinstall":"x"}}' }],
    ['another lifecycle script', { 'package.json': '{"scripts":{"prepare":"x"}}' }],
    ['a native build', { 'binding.gyp': '{}' }],
    ['packages inside it', { 'package.json': '{"bundledDependencies":["a"]}' }],
  ])('may not hold %s', (_, files) => {
    expect(packageProblems(readTarball(tarball({ ...whole, ...files })))).toHaveLength(1)
  })

  it('may not be unbuilt, nor hold a link', () => {
    expect(packageProblems(readTarball(tarball({ 'package.json': '{}' })))).toHaveLength(1)
    expect(() => readTarball(tarball(whole, '2'))).toThrow('is no file')
  })
})

describe('the workflows', () => {
  const folder = join(root, '.github/workflows')
  const files = readdirSync(folder)
  const jobsOf = (text: string): ReadonlyMap<string, string> =>
    new Map(
      [...text.slice(text.indexOf('\njobs:')).matchAll(/^ {2}(\w+):\n((?: {4}.*\n|\n)+)/gm)].map(
        ([, name = '', body = '']) => [name, body],
      ),
    )

  it.each(files)('use actions by commit, with the least rights, and no secret: %s', (name) => {
    const text = read(`.github/workflows/${name}`)
    const used = [...text.matchAll(/uses: (.*)/g)].map(([, action]) => action)
    expect(used.length).toBeGreaterThan(0)
    for (const action of used) expect(action).toMatch(/^actions\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/)
    expect(text).toMatch(/^permissions:(?: \{\}|\n {2}contents: read)$/m)
    expect(text).not.toMatch(/secrets\.|pull_request_target|workflow_run|NODE_AUTH_TOKEN/)
    // Text of a stranger's inside a script would be part of the script.
    for (const [line] of text.matchAll(/run: .*/g)) expect(line).not.toContain('${{')
    expect(jobsOf(text).size).toBeGreaterThan(0)
  })

  it('publish what was tested, where no code of a dependency runs', () => {
    const jobs = jobsOf(read('.github/workflows/release.yml'))
    const [verify = '', publish = '', attach = ''] = ['verify', 'publish', 'attach'].map((name) =>
      jobs.get(name),
    )
    expect([...jobs.keys()]).toEqual(['verify', 'publish', 'attach'])
    expect(verify.indexOf('the tag is the version')).toBeLessThan(verify.indexOf('.ci/run'))
    expect(verify.indexOf('.ci/run')).toBeLessThan(verify.indexOf('npm pack'))
    expect(verify).toContain('artifacts/sbom.cdx.json release/')
    expect(verify).not.toMatch(/id-token|: write/)
    expect(publish).toContain('needs: verify')
    expect(publish).toMatch(/permissions:\n {6}contents: read\n(?: {6}#.*\n)? {6}id-token: write\n/)
    expect(publish).toMatch(/npm publish \.\/release\/\*\.tgz --provenance .*--ignore-scripts/)
    expect(publish).not.toMatch(/checkout|npm (?:ci|install|run)|contents: write/)
    expect(attach).toContain('needs: publish')
    expect(attach).not.toContain('id-token')
  })
})

/** Files of the repository that a page names in backticks or links to. */
const filesNamedIn = (page: string, folder = ''): readonly string[] => [
  ...[...page.matchAll(/`((?:test|src|scripts|\.github|\.ci)\/[\w./-]+)`/g)].map(([, file = '']) => file),
  ...[...page.matchAll(/\]\(((?!https?:|#)[^)#]+)[^)]*\)/g)].map(([, file = '']) => join(folder, file)),
]

describe('the pages on security', () => {
  it('name files that there are', () => {
    const named = [
      ...filesNamedIn(read('docs/threat-model.md'), 'docs'),
      ...filesNamedIn(read('SECURITY.md')),
    ]
    expect(named.length).toBeGreaterThan(30)
    expect(named.filter((file) => !existsSync(join(root, file)))).toEqual([])
  })

  it('name a test for every claim: each row of a table has one', () => {
    const rows = read('docs/threat-model.md')
      .split('\n')
      .filter((line) => line.startsWith('| ') && !line.startsWith('| claim') && !line.startsWith('|--'))
    expect(rows.length).toBeGreaterThan(25)
    expect(rows.filter((row) => !/`test\/[\w./-]+`[^|]*\|$/.test(row))).toEqual([])
  })

  it('invent no address to write to', () => {
    expect(read('SECURITY.md')).not.toMatch(/[\w.]+@[\w.]+|https?:\/\/(?!docs\.github\.com)/)
    expect(read('SECURITY.md')).toContain('Report a vulnerability')
  })
})
