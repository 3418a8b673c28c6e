import { readFileSync } from 'node:fs'

/** A package of a lock file, as far as it is looked at. */
interface LockedPackage {
  readonly version?: string
  /** Where it came from. Left out: wherever the user's registry has it. */
  readonly resolved?: string
  readonly integrity?: string
  readonly link?: boolean
  readonly hasInstallScript?: boolean
  readonly license?: string
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
}

/** A lock file of npm, version 3: by the folder of each package, the project's own being ''. */
export interface LockFile {
  readonly lockfileVersion: number
  readonly packages: Readonly<Record<string, LockedPackage>>
}

/** A package that somebody gets who installs the project without its development dependencies. */
export interface Installed extends LockedPackage {
  readonly name: string
  readonly folder: string
}

const PUBLIC_REGISTRY = 'https://registry.npmjs.org/'

export const readLock = (file: string): LockFile => JSON.parse(readFileSync(file, 'utf8')) as LockFile

/** What could be exchanged on the way without anybody seeing it; nothing, if all is well. */
export function weakPlaces({ lockfileVersion, packages }: LockFile): readonly string[] {
  const weak = lockfileVersion === 3 ? [] : [`the lock file has version ${lockfileVersion}, not 3`]
  for (const [folder, { resolved, integrity, link }] of Object.entries(packages)) {
    // The project itself, and folders of this repository.
    if (folder === '' || link === true || !folder.includes('node_modules/')) continue
    if (integrity === undefined || !/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity)) {
      weak.push(`${folder} has no SHA-512`)
    }
    if (resolved !== undefined && !resolved.startsWith(PUBLIC_REGISTRY)) {
      weak.push(`${folder} comes from elsewhere than the public registry`)
    }
  }
  return weak
}

/** Where Node would find a package from within the folder of another. */
function folderOf({ packages }: LockFile, name: string, from: string): string | undefined {
  const parts = from === '' ? [] : from.split('/node_modules/')
  for (let depth = parts.length; depth >= 0; depth--) {
    const folder = [...parts.slice(0, depth), name].join('/node_modules/')
    const whole = depth === 0 ? `node_modules/${name}` : folder
    if (packages[whole] !== undefined) return whole
  }
  return undefined
}

/**
 * All that a user gets, sorted by name: what the project depends on, or what its peers are and depend on.
 *
 * @throws Error if the lock file does not have one of them
 */
export function productionTree(
  lock: LockFile,
  kind: 'dependencies' | 'peerDependencies',
): readonly Installed[] {
  const found = new Map<string, Installed>()
  const visit = (wanted: Readonly<Record<string, string>> | undefined, from: string): void => {
    for (const name of Object.keys(wanted ?? {})) {
      const folder = folderOf(lock, name, from)
      if (folder === undefined) throw new Error(`the lock file has no ${name}`)
      if (found.has(folder)) continue
      const locked = lock.packages[folder] as LockedPackage
      found.set(folder, { ...locked, name, folder })
      visit(locked.dependencies, folder)
      visit(locked.optionalDependencies, folder)
    }
  }
  visit(lock.packages['']?.[kind], '')
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** What npm runs by itself when somebody installs a package, or in its author's hands [npm, "Scripts"]. */
const LIFECYCLE: ReadonlySet<string> = new Set([
  ...['preinstall', 'install', 'postinstall', 'preuninstall', 'uninstall', 'postuninstall'],
  ...['prepublish', 'preprepare', 'prepare', 'postprepare', 'prepublishOnly', 'publish', 'postpublish'],
  ...['prepack', 'postpack', 'preversion', 'version', 'postversion', 'dependencies'],
])

/** The scripts of a package.json that npm runs without being asked to. */
export const lifecycleScripts = ({
  scripts = {},
}: {
  scripts?: Readonly<Record<string, string>>
}): readonly string[] => Object.keys(scripts).filter((name) => LIFECYCLE.has(name))
