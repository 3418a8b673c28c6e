import { resolve } from 'node:path'
import {
  createCompilerHost,
  formatDiagnostics,
  performCompilation,
  readConfiguration,
} from '@angular/compiler-cli'
import linker from '@angular/compiler-cli/linker/babel'
import { transformAsync } from '@babel/core'
import type { Plugin } from 'vite'

const PRODUCTION = { ngDevMode: 'false', ngJitMode: 'false', ngServerMode: 'false' }

/**
 * Angular's own ahead-of-time compiler in a Vite build, templates checked strictly, and its linker for the packages,
 * which are published half compiled.
 *
 * Does not watch. An application of more than an example is better off with `ng build`.
 */
export function angular(project: string): Plugin {
  const compiled = new Map<string, string>()
  return {
    name: 'angular',
    enforce: 'pre',
    config: (_, { mode }) => ({ define: mode === 'production' ? PRODUCTION : {} }),
    buildStart() {
      const { rootNames, options, errors } = readConfiguration(project)
      const host = createCompilerHost({ options })
      host.writeFile = (path, code) => compiled.set(resolve(path).replace(/\.js$/, '.ts'), code)
      const { diagnostics } = performCompilation({ rootNames, options, host })
      const problems = [...errors, ...diagnostics]
      if (problems.length > 0) this.error(formatDiagnostics(problems))
    },
    load: (id) => compiled.get(id),
    transform: {
      filter: { id: /\/node_modules\/@angular\//, code: 'ɵɵngDeclare' },
      async handler(code, filename) {
        const linked = await transformAsync(code, {
          plugins: [linker],
          filename,
          configFile: false,
          compact: false,
        })
        return linked?.code ?? null
      },
    },
  }
}
