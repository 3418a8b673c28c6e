import { writeFileSync } from 'node:fs'
import type { FaultServerOptions, RecordedRequest } from '../testing/index.ts'
import { scenarioCatalog } from '../testing/index.ts'
import { startRoutedServer } from '../testing/server.ts'
import { FileReader, fileTrouble, shownFile } from './files.ts'
import { jsonLog, textLog } from './gateway-log.ts'
import { type GatewayOptions, gatewayHelp, parseGatewayOptions } from './gateway-options.ts'
import { needOf, scenarioList } from './gateway-pages.ts'
import { type Route, routeByName, routeToOne } from './gateway-routes.ts'
import { chooseScenario, namedScenario } from './gateway-scenario.ts'
import { type CliIo, Output } from './io.ts'
import { listenError, parsePort } from './port-option.ts'
import { print } from './print.ts'
import { styleFor } from './terminal.ts'
import { untilEnded } from './until-ended.ts'
import { UsageError } from './usage.ts'

const DEFAULT_PORT = 8787

/** `rx-sse gateway`: a fault server for clients in other processes, until it is told to end. */
export async function runGateway(args: readonly string[], io: CliIo): Promise<number> {
  const options = parseGatewayOptions(args)
  const text = textToPrint(options)
  return text === undefined ? serve(options, io) : print(text, io)
}

function textToPrint(options: GatewayOptions): string | undefined {
  if (options.has('help')) return gatewayHelp()
  const name = options.value('print')
  if (name !== undefined) return `${JSON.stringify(namedScenario(name, '--print'), null, 2)}\n`
  if (!options.has('list')) return undefined
  if (!options.has('json')) return scenarioList()
  return scenarioCatalog
    .map((entry) => `${JSON.stringify({ ...entry, needs: needOf(entry.name) })}\n`)
    .join('')
}

async function serve(options: GatewayOptions, io: CliIo): Promise<number> {
  const wire = await wireOf(options, io)
  const given = options.value('scenario')
  const chosen = given === undefined ? undefined : await chooseScenario(given, wire, io)
  const output = new Output(io.stdout)
  const log = options.has('json') ? jsonLog(output) : textLog(output, styleFor(io.stdout, io.env))
  const route = chosen === undefined ? routeByName(wire) : routeToOne(chosen)
  const server = await listening(route, wire, log)
  try {
    const certOut = options.value('cert-out')
    if (certOut !== undefined) writeCertificate(certOut, server.certificate ?? '')
    const ended = untilEnded(output, io)
    log.listening({ url: server.url, certificate: server.certificate, title: chosen?.title, wire, certOut })
    return await ended
  } finally {
    await server.close()
  }
}

async function listening(
  route: Route,
  wire: FaultServerOptions,
  log: ReturnType<typeof jsonLog>,
): ReturnType<typeof startRoutedServer> {
  let requests = 0
  try {
    return await startRoutedServer(
      (request: RecordedRequest) => {
        let number: number | undefined
        return {
          answer: () => {
            const routed = route(request)
            number = ++requests
            log.request(number, request, routed)
            return { scenario: routed.scenario, ordinal: 0 }
          },
          onOver: () => {
            const { at, clientGoneAt } = request
            if (number !== undefined && clientGoneAt !== undefined) log.clientGone(number, clientGoneAt - at)
          },
        }
      },
      wire,
      log.misfit,
    )
  } catch (error) {
    throw usageErrorFor(error, wire)
  }
}

function usageErrorFor(error: unknown, { port }: FaultServerOptions): unknown {
  const { message } = error as Error
  // Of the kit's options only key and certificate can still be wrong.
  if (error instanceof TypeError && message.startsWith('options.tls: ')) {
    return new UsageError(`--cert and --key: ${message.slice('options.tls: '.length)}`)
  }
  return listenError(error, port)
}

async function wireOf(options: GatewayOptions, io: CliIo): Promise<FaultServerOptions> {
  return {
    protocol: options.has('http2') ? 'h2' : 'http/1.1',
    tls: await tlsOf(options, io),
    port: parsePort(options.value('port'), DEFAULT_PORT),
    cors: !options.has('no-cors'),
  }
}

async function tlsOf(options: GatewayOptions, io: CliIo): Promise<NonNullable<FaultServerOptions['tls']>> {
  const cert = options.value('cert')
  const key = options.value('key')
  const certOut = options.value('cert-out')
  if (cert === undefined && key === undefined) {
    if (certOut === '' || certOut === '-') throw new UsageError('--cert-out needs the name of a file.')
    return options.has('tls') || certOut !== undefined
  }
  if (cert === undefined || key === undefined) {
    throw new UsageError('--cert FILE and --key FILE belong together: a certificate and its private key.')
  }
  if (certOut !== undefined) {
    throw new UsageError(
      '--cert-out writes the certificate that the gateway makes; with --cert it makes none.',
    )
  }
  const files = new FileReader(io)
  const read = async (file: string, option: string): Promise<string> =>
    (await files.read(file, option)).toString()
  return { key: await read(key, '--key'), cert: await read(cert, '--cert') }
}

function writeCertificate(file: string, certificate: string): void {
  try {
    writeFileSync(file, certificate)
  } catch (error) {
    throw new UsageError(`--cert-out cannot write ${shownFile(file)}: ${fileTrouble(error, 'write')}.`)
  }
}
