import { resolve } from 'node:path'
import { defineConfig } from 'vite'

const root = import.meta.dirname

// vite reads its config from a default export.
// biome-ignore lint/style/noDefaultExport: see above
export default defineConfig({
  root,
  // The page runs the library as a bundler finds it in an app: the face for browsers.
  resolve: { alias: { 'rx-sse': resolve(root, '../src/web.ts') } },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: resolve(root, '../dist/page'),
    emptyOutDir: true,
    target: 'es2023',
    // An inlined file would need a CSP that lets data be script or style.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
