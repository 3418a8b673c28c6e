import { type CliIo, Output } from './io.ts'
import { pageHelp, parsePageOptions } from './page-options.ts'
import { type PageServer, startPageServer } from './page-server.ts'
import { listenError, parsePort } from './port-option.ts'
import { print } from './print.ts'
import { untilEnded } from './until-ended.ts'

const DEFAULT_PORT = 8788

/** `rx-sse page`: the live page and what it needs, until it is told to end. */
export async function runPage(args: readonly string[], io: CliIo): Promise<number> {
  const options = parsePageOptions(args)
  if (options.has('help')) return print(pageHelp(), io)
  const port = parsePort(options.value('port'), DEFAULT_PORT)
  const output = new Output(io.stdout)
  let server: PageServer
  try {
    server = await startPageServer({ port })
  } catch (error) {
    throw listenError(error, port)
  }
  try {
    const ended = untilEnded(output, io)
    output.write(`The page is at ${server.url}/\nCtrl-C ends it.\n`)
    if (!server.isBuilt) output.write(`It is not built yet: ${HOW_TO_BUILD}.\n`)
    return await ended
  } finally {
    await server.close()
  }
}

const HOW_TO_BUILD = 'npm run page, in the repository, builds and starts it'
