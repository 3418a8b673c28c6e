import type { Run } from '../peers/peer.ts'

/**
 * One client on one stream, in a process of its own: `node bench/matrix/cell.ts PEER URL`. Tells its parent what the
 * client delivers, and how it ends.
 */
export type CellMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'complete' }
  | { readonly type: 'error' | 'crash'; readonly error: ToldError }

export interface ToldError {
  readonly name: string
  readonly code?: string
  readonly message: string
}

/** For an error that nobody handles, after the ending too. */
const AFTERMATH_MS = 50

const [peer, url] = process.argv.slice(2) as [string, string]
const tell = (message: CellMessage, then: () => void = () => {}): void => {
  process.send?.(message, then)
}

process.on('uncaughtException', (error) =>
  tell({ type: 'crash', error: describe(error) }, () => process.exit(1)),
)

// A client whose timers do not keep the process alive lives in one that has other things to do.
setInterval(() => {}, 60_000)

const { run } = (await import(`../peers/${peer}.ts`)) as { readonly run: Run }
tell({ type: 'ready' })
const ending = await run(url, (text) => {
  if (text !== '') tell({ type: 'text', text })
}).then(
  (): CellMessage => ({ type: 'complete' }),
  (error: unknown): CellMessage => ({ type: 'error', error: describe(error) }),
)
setTimeout(() => tell(ending, () => process.exit(0)), AFTERMATH_MS)

function describe(thrown: unknown): ToldError {
  const error = (thrown ?? {}) as { name?: unknown; code?: unknown; status?: unknown; message?: unknown }
  const isNamed = typeof error.name === 'string' && error.name !== 'Error'
  const name = isNamed ? String(error.name) : (thrown?.constructor.name ?? typeof thrown)
  const code = error.code ?? error.status
  return {
    name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code: String(code) } : {}),
    message: String(error.message ?? ''),
  }
}
