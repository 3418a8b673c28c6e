import { defineConfig } from 'vitest/config'

// vitest reads its config from a default export.
// biome-ignore lint/style/noDefaultExport: see above
export default defineConfig({
  test: {
    // These need the official SDKs, which bench/ installs.
    include: ['bench/agreement/**/*.test.ts'],
    // By default one worker less than there are cores.
    maxWorkers: 2,
    testTimeout: 30_000,
    reporters: [
      'default',
      ['json', { outputFile: process.env.VITEST_REPORT ?? 'artifacts/vitest-sdks.json' }],
    ],
  },
})
