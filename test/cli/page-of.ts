import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fetch } from 'undici'
import { onTestFinished } from 'vitest'
import type { Surroundings } from '../../page/src/wire/types.ts'
import { type PageServer, startPageServer } from '../../src/cli/page-server.ts'
import { directory } from './command.ts'

export interface PageUnderTest extends PageServer {
  readonly token: string
  /** As the page itself would ask. */
  call(path: string, body: unknown, headers?: Record<string, string>): ReturnType<typeof fetch>
  /** What the page's data layer needs of the world: addresses are relative to the page. */
  readonly surroundings: Surroundings
}

/** A folder with a page that holds nothing but the token, and a script. */
export function builtPage(): string {
  const folder = directory()
  writeFileSync(join(folder, 'index.html'), '<meta name="rx-sse-token" content="%RX_SSE_TOKEN%">')
  mkdirSync(join(folder, 'assets'))
  writeFileSync(join(folder, 'assets', 'index-abc.js'), 'console.log(1)')
  return folder
}

/** The page's server for one test. */
export async function page(assets = builtPage()): Promise<PageUnderTest> {
  const server = await startPageServer({ assets })
  onTestFinished(() => server.close())
  const html = await (await fetch(server.url)).text()
  const token = /name="rx-sse-token" content="([^"]+)"/.exec(html)?.[1] ?? ''
  const absolute = (input: unknown): string => new URL(String(input), server.url).href
  return {
    ...server,
    token,
    call: (path, body, headers = {}) =>
      fetch(absolute(path), {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-rx-sse-token': token, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    surroundings: {
      fetch: ((input: unknown, init: object) =>
        fetch(absolute(input), init)) as unknown as typeof globalThis.fetch,
      token,
      now: () => performance.now(),
    },
  }
}
