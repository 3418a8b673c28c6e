import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const inBrowserTests = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url))

/**
 * One module of all that an entry of the consumer imports, as an application's build would make it: `rx-sse` by the
 * conditions of a browser, from what was built.
 */
export async function bundle(entry: string): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'silent',
    root: inBrowserTests('consumer'),
    build: {
      write: false,
      minify: false,
      target: 'es2023',
      lib: { entry: inBrowserTests(entry), formats: ['es'], fileName: 'bundle' },
    },
  })
  const outputs = (Array.isArray(built) ? built : [built]).flatMap((one) =>
    'output' in one ? one.output : [],
  )
  const chunks = outputs.filter((output) => output.type === 'chunk')
  if (chunks.length !== 1) throw new Error(`${entry} became ${chunks.length} chunks`)
  return chunks[0]!.code
}
