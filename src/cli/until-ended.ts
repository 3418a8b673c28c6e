import { brokenOutput } from './files.ts'
import type { CliIo, Output } from './io.ts'
import { interruptCode } from './usage.ts'

/** Waits until the process is told to end, or its output is gone. Resolves to the exit code. */
export function untilEnded(output: Output, { interrupt, stderr }: CliIo): Promise<number> {
  return new Promise((resolve) => {
    output.onBroken((error) => resolve(brokenOutput(error, stderr)))
    if (interrupt?.aborted === true) resolve(interruptCode(interrupt))
    else interrupt?.addEventListener('abort', () => resolve(interruptCode(interrupt)), { once: true })
  })
}
