import { createServer } from 'node:http'

/** Files from memory, by path; each request is answered anew. */
export interface FileServer extends AsyncDisposable {
  /** An origin of its own, without a slash at its end. */
  readonly url: string
}

const TYPES: Readonly<Record<string, string>> = { js: 'text/javascript', html: 'text/html; charset=utf-8' }

/** @param files - `/` and what it is: HTML; `/name.js`: a module. */
export async function serveFiles(files: Readonly<Record<string, string>>): Promise<FileServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').replace(/\?.*/, '')
    const content = files[path]
    if (content === undefined) {
      response.statusCode = 404
      response.end()
      return
    }
    response.setHeader('content-type', TYPES[path.split('.')[1] ?? 'html'] as string)
    response.end(content)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
    },
  }
}
