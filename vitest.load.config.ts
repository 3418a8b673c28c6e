import { defineConfig } from 'vitest/config'

// vitest reads its config from a default export.
// biome-ignore lint/style/noDefaultExport: see above
export default defineConfig({
  test: {
    include: [
      'test/load/**/*.test.ts',
      // Of these `npm test` runs a share.
      'test/fixtures/{chunking,cuts,socket-cuts}.test.ts',
      'test/resume/{every-offset,goes-back,random-cuts}.test.ts',
      'test/model/session-model.test.ts',
    ],
    env: { RX_SSE_THOROUGH: '1' },
    // Thousands of streams and their server in another process: two files at once would measure each other.
    maxWorkers: 1,
    testTimeout: 300_000,
    hookTimeout: 60_000,
    reporters: [
      'default',
      ['json', { outputFile: process.env.VITEST_REPORT ?? 'artifacts/vitest-load.json' }],
    ],
  },
})
