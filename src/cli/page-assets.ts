import { readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the built page is, from the source as from the built command. */
export const ASSETS: string = fileURLToPath(new URL('../../dist/page/', import.meta.url))

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
}

/** A file of the page, ready to be sent. */
export interface Asset {
  readonly bytes: Uint8Array
  readonly type: string
  /** Has its name a hash of what it holds? */
  readonly isHashed: boolean
}

/**
 * What stands in the page for the token of the server that serves it.
 */
const PLACEHOLDER = '%RX_SSE_TOKEN%'

/**
 * The files of the built page, by their paths. They are looked up, not opened by what a request says: there is no path out of
 * the folder. Links are passed over.
 */
export class Assets {
  readonly #folder: string
  readonly #token: string
  #files: ReadonlyMap<string, string> = new Map()

  constructor(folder: string, token: string) {
    this.#folder = folder
    this.#token = token
    this.#look()
  }

  get isBuilt(): boolean {
    return this.#files.has('/index.html')
  }

  /** @param path - of a URL; `/` is the page */
  find(path: string): Asset | undefined {
    const name = path === '/' ? '/index.html' : path
    // It may have been built anew since.
    if (!this.#files.has(name)) this.#look()
    const file = this.#files.get(name)
    const type = TYPES[extname(name)]
    if (file === undefined || type === undefined) return undefined
    try {
      const bytes = readFileSync(file)
      if (name !== '/index.html') return { bytes, type, isHashed: name.startsWith('/assets/') }
      const page = bytes.toString().replaceAll(PLACEHOLDER, this.#token)
      return { bytes: Buffer.from(page), type, isHashed: false }
    } catch {
      return undefined
    }
  }

  #look(): void {
    try {
      const entries = readdirSync(this.#folder, { recursive: true, withFileTypes: true })
      const files = entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
      this.#files = new Map(
        files.map((file) => [`/${relative(this.#folder, file).split(sep).join('/')}`, file]),
      )
    } catch {
      this.#files = new Map()
    }
  }
}

/** In place of a page that is not built. */
export const NOT_BUILT = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>rx-sse page</title>
<h1>The page is not built yet</h1>
<p>In the repository, <code>npm run page</code> builds and starts it.</p>
</html>
`
