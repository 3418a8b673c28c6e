import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { productionTree, readLock } from './lock-file.ts'
import { root } from './run.ts'

/** As far as it is looked at [cyclonedx 1.5]. */
interface Bom {
  readonly bomFormat: string
  readonly metadata: { readonly component: { name: string; readonly version: string } }
  readonly components: readonly {
    readonly name: string
    readonly version: string
    readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
    readonly licenses?: readonly unknown[]
  }[]
}

/**
 * Writes the bill of materials of what a user installs: the package and its dependencies, by the lock file. Its peer, RxJS, is the
 * application's own.
 */
function billOfMaterials(): Bom {
  const args = ['sbom', '--package-lock-only', '--omit=dev', '--sbom-format=cyclonedx', '--sbom-type=library']
  const { status, stdout, stderr } = spawnSync('npm', args, { cwd: root, encoding: 'utf8' })
  if (status !== 0) throw new Error(`npm sbom has failed: ${stderr}`)
  return JSON.parse(stdout) as Bom
}

const hex = (integrity = ''): string =>
  Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex')

function check(bom: Bom, version: string): void {
  const expected = productionTree(readLock(resolve(root, 'package-lock.json')), 'dependencies').map(
    ({ name, version, integrity }) => `${name}@${version} SHA-512 ${hex(integrity)}`,
  )
  const listed = bom.components.map(
    ({ name, version, hashes = [] }) => `${name}@${version} ${hashes[0]?.alg} ${hashes[0]?.content}`,
  )
  if (bom.bomFormat !== 'CycloneDX') throw new Error(`the format is ${bom.bomFormat}`)
  if (bom.metadata.component.version !== version) throw new Error('it is of another version')
  if (listed.sort().join('\n') !== expected.join('\n')) {
    throw new Error(`it lists\n${listed.join('\n')}\nand the lock file\n${expected.join('\n')}`)
  }
  const unlicensed = bom.components.filter(({ licenses = [] }) => licenses.length === 0)
  if (unlicensed.length > 0) throw new Error(`${unlicensed[0]?.name} has no licence`)
}

const { name, version } = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as {
  name: string
  version: string
}
const bom = billOfMaterials()
// npm names it after its folder.
bom.metadata.component.name = name
check(bom, version)
const file = resolve(root, 'artifacts/sbom.cdx.json')
mkdirSync(resolve(root, 'artifacts'), { recursive: true })
writeFileSync(file, `${JSON.stringify(bom, null, 2)}\n`)
console.log(`artifacts/sbom.cdx.json: ${name} ${version} and ${bom.components.length} packages`)
