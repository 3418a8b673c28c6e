import { defineConfig } from 'vitest/config'

// vitest reads its config from a default export.
// biome-ignore lint/style/noDefaultExport: see above
export default defineConfig({
  test: {
    include: [
      'test/browser/**/*.test.ts',
      'test/page/**/*.test.ts',
      'test/cli/page*.test.ts',
      'examples/apps/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**'],
    // By default one worker less than there are cores.
    maxWorkers: 2,
    // What a real browser on a busy machine does late once is tried again, and the report says so ("retry x1").
    retry: 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    reporters: [
      'default',
      ['json', { outputFile: process.env.VITEST_REPORT ?? 'artifacts/vitest-browser.json' }],
    ],
  },
})
