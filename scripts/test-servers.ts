import { missing, TOLD } from '../test/servers/installed.ts'
import { installed, run } from './run.ts'

/** Tests against servers that nobody here wrote: proxies from the system's packages, servers from npm. */
const status = installed('test/servers')
  ? 0
  : run('npm', ['ci', '--prefix', 'test/servers', '--ignore-scripts'])
const args = ['run', '--config', 'vitest.servers.config.ts', ...process.argv.slice(2)]
const line = missing()
process.exitCode = status || run('vitest', args, line === undefined ? {} : { env: { [TOLD]: 'yes' } })
if (line !== undefined) console.log(`Skipped what is ${line}`)
