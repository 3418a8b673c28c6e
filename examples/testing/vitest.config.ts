import { defineConfig } from 'vitest/config'

// The condition is this repository's own: its examples are run against the source. You need no config.
// vitest reads its config from a default export.
// biome-ignore lint/style/noDefaultExport: see above
export default defineConfig({
  cacheDir: '../../artifacts/vite',
  ssr: { resolve: { conditions: ['rx-sse-source'], externalConditions: ['rx-sse-source'] } },
  test: { include: ['vitest.test.ts'] },
})
