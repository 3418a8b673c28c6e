import { resolve } from 'node:path'
import { build, type Rolldown } from 'vite'

const PROGRAM = 'virtual:program'

export interface BundleOptions {
  /** The folder whose `node_modules` the program imports from. */
  readonly project: string
  /** Packages that are left out of the bundle. */
  readonly external?: readonly string[]
  /** Conditions of package exports beside `import` and `default`. Default: what Vite has for browsers. */
  readonly conditions?: readonly string[]
  readonly minify?: boolean
  /** Reading a property does nothing else, in this package at least. Default: it may, as every bundler has it. */
  readonly readsArePure?: boolean
}

export interface Bundle {
  readonly code: string
  /** Paths of all modules of which something is left. */
  readonly modules: readonly string[]
  /** What it imports still. */
  readonly imports: readonly string[]
}

/** One file for browsers, as Vite makes it for an application: Rolldown, shaken and minified by Oxc, for ES2023. */
export async function bundle(program: string, options: BundleOptions): Promise<Bundle> {
  const { project, external = [], conditions, minify = true, readsArePure = false } = options
  const built = await build({
    configFile: false,
    envFile: false,
    root: project,
    logLevel: 'silent',
    mode: 'production',
    // What NODE_ENV is here, under a test runner say, is no part of the comparison. The rest of it Vite would hide.
    define: { 'process.env.NODE_ENV': '"production"', 'process.env': 'process.env' },
    plugins: [inMemory(program, project)],
    ...(conditions === undefined ? undefined : { resolve: { conditions: [...conditions] } }),
    build: {
      write: false,
      minify: minify ? 'oxc' : false,
      target: 'es2023',
      modulePreload: false,
      reportCompressedSize: false,
      rolldownOptions: {
        input: PROGRAM,
        external: (id) => external.some((name) => id === name || id.startsWith(`${name}/`)),
        preserveEntrySignatures: 'strict',
        treeshake: readsArePure ? { propertyReadSideEffects: false } : true,
        output: { format: 'es', codeSplitting: false },
      },
    },
  })
  const { output } = (Array.isArray(built) ? built[0] : built) as Rolldown.RolldownOutput
  const [{ code, modules, imports, dynamicImports }, ...more] = output
  if (more.length > 0) throw new Error(`more than one file: ${more.map(({ fileName }) => fileName)}`)
  const left = Object.entries(modules).filter(([, { renderedLength }]) => renderedLength > 0)
  return { code, modules: left.map(([path]) => path), imports: [...imports, ...dynamicImports] }
}

/** The program as a file of the project's, which needs not be written. */
function inMemory(program: string, project: string): Rolldown.Plugin {
  const path = resolve(project, 'program.js')
  return {
    name: 'in-memory-program',
    resolveId: (id) => (id === PROGRAM ? path : undefined),
    load: (id) => (id === path ? program : undefined),
  }
}
