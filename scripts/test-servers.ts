import { installed, run } from './run.ts'

/** Tests against servers that nobody here wrote: proxies from the system's packages, servers from npm. */
const status = installed('test/servers')
  ? 0
  : run('npm', ['ci', '--prefix', 'test/servers', '--ignore-scripts'])
process.exitCode =
  status || run('vitest', ['run', '--config', 'vitest.servers.config.ts', ...process.argv.slice(2)])
