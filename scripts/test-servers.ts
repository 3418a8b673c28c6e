import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { root, run } from './run.ts'

/** Tests against servers that nobody here wrote: proxies from the system's packages, servers from npm. */
const installed = existsSync(resolve(root, 'test/servers/node_modules'))
const status = installed ? 0 : run('npm', ['ci', '--prefix', 'test/servers', '--ignore-scripts'])
process.exitCode =
  status || run('vitest', ['run', '--config', 'vitest.servers.config.ts', ...process.argv.slice(2)])
