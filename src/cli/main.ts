import { readFileSync } from 'node:fs'
import { helpText } from './help.ts'
import type { CliIo } from './io.ts'
import { parseOptions } from './options.ts'
import { print } from './print.ts'
import { EXIT, Interrupted, nearest, UsageError } from './usage.ts'

/** A command of its own, which reads its own arguments. */
interface Subcommand {
  readonly name: string
  readonly summary: string
  /** Loaded when it is called: `rx-sse URL` does not pay for the others. */
  run(args: readonly string[], io: CliIo): Promise<number>
}

const SUBCOMMANDS: readonly Subcommand[] = [
  {
    name: 'demo',
    summary: 'Streams that break on purpose, and what becomes of them. Takes ten seconds.',
    run: async (args, io) => (await import('./demo.ts')).runDemo(args, io),
  },
  {
    name: 'gateway',
    summary: 'A model gateway on this machine whose streams break as told, to point a UI at.',
    run: async (args, io) => (await import('./gateway.ts')).runGateway(args, io),
  },
  {
    name: 'page',
    summary: 'A page on this machine to watch streams break and recover, with the wire beside.',
    run: async (args, io) => (await import('./page.ts')).runPage(args, io),
  },
]

function version(): string {
  const file = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(file) as { version: string }).version
}

/** Runs the command. Resolves to its exit code once all output has been handed over. */
export async function main(argv: readonly string[], io: CliIo): Promise<number> {
  try {
    return await dispatch(argv, io)
  } catch (error) {
    if (error instanceof UsageError) {
      io.stderr.write(`rx-sse: ${error.message}\n`)
      return EXIT.usage
    }
    if (error instanceof Interrupted) return error.code
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error)
    io.stderr.write(`rx-sse: a mistake in rx-sse itself, please report it:\n${trace}\n`)
    return EXIT.unexpected
  }
}

async function dispatch(argv: readonly string[], io: CliIo): Promise<number> {
  const named = SUBCOMMANDS.find(({ name }) => name === argv[0])
  if (named !== undefined) return named.run(argv.slice(1), io)
  const options = parseOptions(argv)
  const [first] = options.positionals
  if (options.has('help') || first === 'help') return print(helpText(SUBCOMMANDS), io)
  if (options.has('version') || first === 'version') return print(`rx-sse ${version()}\n`, io)
  if (first !== undefined && /^[a-z]+$/.test(first)) {
    const names = SUBCOMMANDS.map(({ name }) => name)
    if (first === 'demo') throw new UsageError(`${first} takes no options: rx-sse ${first}`)
    if (names.includes(first)) {
      throw new UsageError(`the name of a command comes first: rx-sse ${first} …`)
    }
    const near = nearest(first, [...names, 'help', 'version'])
    if (near !== undefined) throw new UsageError(`no command of that name; did you mean rx-sse ${near}?`)
  }
  const { streamCommand } = await import('./stream-command.ts')
  return streamCommand(options, io, version())
}
