import { installed, run } from './run.ts'

/** Do the official SDKs read the same of the same bytes? They are installed with the bench, so that they weigh on nobody. */
const status = installed('bench') ? 0 : run('npm', ['ci', '--prefix', 'bench'])
process.exitCode =
  status || run('vitest', ['run', '--config', 'vitest.sdks.config.ts', ...process.argv.slice(2)])
