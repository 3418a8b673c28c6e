import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync } from 'node:fs'
import { resolve } from 'node:path'
import { svelte, vitePreprocess } from '@sveltejs/vite-plugin-svelte'
import vue from '@vitejs/plugin-vue'
import { build } from 'vite'
import { angular } from './vite-angular.ts'

const here = import.meta.dirname
const repository = resolve(here, '../..')

export const apps = ['angular', 'dom', 'react', 'svelte', 'vue'] as const

/** `rx-sse` as npm would install it: the applications get it by its exports. */
export function installRxSse(): void {
  const target = resolve(here, 'node_modules/rx-sse')
  mkdirSync(target, { recursive: true })
  copyFileSync(resolve(repository, 'package.json'), resolve(target, 'package.json'))
  const tsc = resolve(repository, 'node_modules/.bin/tsc')
  // Its types are checked with the rest of the repository.
  const args = [
    '--noCheck',
    '-p',
    resolve(repository, 'tsconfig.build.json'),
    '--outDir',
    resolve(target, 'dist'),
  ]
  const { status } = spawnSync(tsc, args, { stdio: 'inherit' })
  if (status !== 0) throw new Error('rx-sse could not be built.')
}

const pages = [...apps.map((app) => `${app}/index`), 'react/observable-hooks']

/** All the applications, as pages in `dist/development` or `dist/production`. */
export async function buildApps(mode: 'development' | 'production'): Promise<void> {
  // Of this, and not of Vite's mode, the plugins and the packages make what is for development.
  process.env.NODE_ENV = mode
  await build({
    root: here,
    base: './',
    configFile: false,
    mode,
    logLevel: 'error',
    plugins: [
      angular(resolve(here, 'angular/tsconfig.json')),
      vue(),
      svelte({ configFile: false, preprocess: vitePreprocess() }),
    ],
    build: {
      outDir: resolve(here, 'dist', mode),
      emptyOutDir: true,
      minify: mode === 'production',
      rolldownOptions: { input: pages.map((page) => resolve(here, `${page}.html`)) },
    },
  })
}

if (import.meta.main) {
  installRxSse()
  await buildApps('production')
}
