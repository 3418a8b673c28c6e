import { brotliDecompressSync, constants, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { Agent } from 'undici'
import { onTestFinished } from 'vitest'
import {
  type Answer,
  type Coding,
  defaultCompletion,
  type FaultServer,
  type FaultServerOptions,
  type Scenario,
  startFaultServer,
} from '../../src/testing/index.ts'

/** A server for one test. */
export async function start(scenario?: Scenario, options?: FaultServerOptions): Promise<FaultServer> {
  const server = await startFaultServer(scenario, options)
  onTestFinished(() => server.close())
  return server
}

export const one = (answer: Answer): Scenario => ({ answers: [answer] })

/** Every wire that a server can speak. */
export const WIRES = {
  http: {},
  https: { tls: true },
  h2c: { protocol: 'h2' },
  h2: { protocol: 'h2', tls: true },
} as const satisfies Record<string, FaultServerOptions>

export type Wire = keyof typeof WIRES

/** Events of one line on the wire, made without the code under test. */
export const wire = (events: readonly unknown[] = defaultCompletion): string =>
  events.map((data) => `data: ${data}\n\n`).join('')

/** What stands before the fault of most ready-made scenarios. */
export const FIVE: string = wire(defaultCompletion.slice(0, 5))

export interface Decoding {
  /** Throws for a body that is cut. */
  readonly whole: (coded: Buffer) => Buffer
  /** What can be had of a body that is cut. */
  readonly prefix: (coded: Buffer) => Buffer
}

export const decodings: Readonly<Record<Coding, Decoding>> = {
  gzip: {
    whole: (coded) => gunzipSync(coded),
    prefix: (coded) => gunzipSync(coded, { finishFlush: constants.Z_SYNC_FLUSH }),
  },
  br: {
    whole: (coded) => brotliDecompressSync(coded),
    prefix: (coded) => brotliDecompressSync(coded, { finishFlush: constants.BROTLI_OPERATION_FLUSH }),
  },
  zstd: {
    whole: (coded) => zstdDecompressSync(coded),
    prefix: (coded) => zstdDecompressSync(coded, { finishFlush: constants.ZSTD_e_flush }),
  },
}

/** A client without TLS for one test. */
export function agentFor(protocol: 'http/1.1' | 'h2'): Agent {
  // With prior knowledge; undici's types do not know the option.
  const dispatcher = new Agent({ useH2c: protocol === 'h2' } as Agent.Options)
  onTestFinished(() => dispatcher.destroy())
  return dispatcher
}
