import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { resolve } from 'node:path'
import { installed, root, run } from './run.ts'

/**
 * Tests in real browsers and other runtimes than Node, of what was built. Needs Debian's `chromium` and `firefox-esr`.
 */
const install = (folder: string) => (): number =>
  installed(folder) ? 0 : run('npm', ['ci', '--prefix', folder, '--ignore-scripts'])

const steps = [
  install('test/browser'),
  install('examples/apps'),
  install('examples/apps/servers'),
  () => run('node', ['scripts/build.ts']),
  () => {
    // As npm installs a package from a folder: a link, resolved by its export conditions.
    const modules = resolve(root, 'test/browser/consumer/node_modules')
    mkdirSync(modules, { recursive: true })
    rmSync(resolve(modules, 'rx-sse'), { force: true })
    symlinkSync(root, resolve(modules, 'rx-sse'), 'dir')
    return 0
  },
  () => run('vitest', ['run', '--config', 'vitest.browser.config.ts', ...process.argv.slice(2)]),
]

process.exitCode = steps.reduce((status, step) => status || step(), 0)
