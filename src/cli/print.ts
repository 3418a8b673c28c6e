import { brokenOutput } from './files.ts'
import { type CliIo, Output } from './io.ts'
import { EXIT } from './usage.ts'

/** Writes a text to stdout. Resolves to the exit code once it has been handed over. */
export async function print(text: string, io: CliIo): Promise<number> {
  const stdout = new Output(io.stdout)
  let code: number = EXIT.complete
  stdout.onBroken((error) => {
    code = brokenOutput(error, io.stderr)
  })
  stdout.write(text)
  await stdout.flush()
  return code
}
