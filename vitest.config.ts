import { resolve } from 'node:path'
import { defineConfig } from 'vitest/config'

// vitest reads its config from a default export.
// biome-ignore lint/style/noDefaultExport: see above
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // These need installed servers and browsers, or minutes: vitest.servers.config.ts, vitest.browser.config.ts and
    // vitest.load.config.ts run them.
    exclude: [
      'test/servers/**',
      'test/browser/**',
      'test/load/**',
      'test/page/**',
      'test/cli/page*.test.ts',
      '**/node_modules/**',
    ],
    // By default one worker less than there are cores.
    maxWorkers: 2,
    testTimeout: 30_000,
    // Examples and the command run as processes, each of which would strip the types of the whole source again.
    env: { NODE_COMPILE_CACHE: resolve(import.meta.dirname, 'artifacts/compile-cache') },
    reporters: ['default', ['json', { outputFile: process.env.VITEST_REPORT ?? 'artifacts/vitest.json' }]],
  },
})
