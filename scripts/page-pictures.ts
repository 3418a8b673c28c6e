import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { startPageServer } from '../src/cli/page-server.ts'
import { filmOf, shotOf } from './pictures/page-shots.ts'
import { paletteOf, readPng, writePng } from './pictures/png.ts'
import { root, run } from './run.ts'

/** Runs the live page in Chromium and takes the pictures of it: docs/page-light.png, docs/page-dark.png, docs/page-film.png. */
const COLOURS = [256, 160, 96, 64, 48]

/** With as many colours as its size allows. */
function write(name: string, png: Uint8Array, mostBytes: number): void {
  const pixels = readPng(png)
  for (const size of COLOURS) {
    const file = writePng(pixels, paletteOf(pixels, size))
    if (file.length > mostBytes) continue
    writeFileSync(resolve(root, 'docs', name), file)
    console.log(`${name}: ${pixels.width} × ${pixels.height}, ${size} colours, ${file.length} bytes`)
    return
  }
  throw new Error(`${name} does not fit into ${mostBytes} bytes`)
}

if (run('vite', ['build', 'page', '--logLevel', 'warn']) !== 0) throw new Error('the page cannot be built')
const server = await startPageServer()
try {
  write(
    'page-light.png',
    await shotOf(server.url, {
      scheme: 'light',
      hash: '#ids=false&at=36&rate=20',
      until: 'failed',
    }),
    200_000,
  )
  write(
    'page-dark.png',
    await shotOf(server.url, {
      scheme: 'dark',
      hash: '#death=cut-in-event&breaks=2&at=60&rate=20',
      until: 'whole',
    }),
    200_000,
  )
  write('page-film.png', await filmOf(server.url), 250_000)
} finally {
  await server.close()
}
