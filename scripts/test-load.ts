import { run } from './run.ts'

/** What is too heavy for `npm test`: load, a server that dies under it, a machine without descriptors, long fuzzing. */
process.exitCode = run('vitest', ['run', '--config', 'vitest.load.config.ts', ...process.argv.slice(2)])
