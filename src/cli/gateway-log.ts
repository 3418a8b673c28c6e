import type { FaultServerOptions, RecordedRequest } from '../testing/index.ts'
import { lastEventIdOf } from '../testing/server.ts'
import type { Routed } from './gateway-routes.ts'
import { SCENARIO_NAMES } from './gateway-scenario.ts'
import type { Output } from './io.ts'
import { count, harmlessJson, harmlessLine, type Style, seconds, shorten } from './terminal.ts'

/** Where the gateway listens, and what it plays. */
interface Whereabouts {
  readonly url: string
  readonly certificate: string | undefined
  /** `undefined`: all that have a name. */
  readonly title: string | undefined
  readonly wire: FaultServerOptions
  readonly certOut: string | undefined
}

/** Tells what happens, as lines for people or as JSON. Of a request neither header values nor its body nor its query. */
export interface GatewayLog {
  listening(whereabouts: Whereabouts): void
  request(number: number, request: RecordedRequest, routed: Routed): void
  clientGone(number: number, afterMs: number): void
  /** A client that did not come as far as a request. */
  misfit(words: string): void
}

const MAX_PATH = 200

function shownPath(url: string): string {
  const [path = '', query] = url.split('?', 2)
  return shorten(harmlessLine(path), MAX_PATH) + (query === undefined ? '' : '?…')
}

const shownCursor = (request: RecordedRequest): string | undefined => {
  const id = lastEventIdOf(request.headers)
  return id === undefined ? undefined : shorten(id, 100)
}

export const jsonLog = (output: Output): GatewayLog => {
  const line = (object: object): void => {
    output.write(`${harmlessJson(object)}\n`)
  }
  const time = (): string => new Date().toISOString()
  return {
    listening: ({ url, certificate, title, wire }) =>
      line({
        type: 'listening',
        time: time(),
        url,
        baseUrl: `${url}/v1`,
        protocol: wire.protocol,
        scenario: title ?? null,
        certificate,
      }),
    request: (number, request, { words, name }) =>
      line({
        type: 'request',
        time: time(),
        number,
        method: request.method,
        path: shownPath(request.url),
        scenario: name,
        lastEventId: shownCursor(request),
        answer: words,
      }),
    clientGone: (number, afterMs) =>
      line({ type: 'client_gone', time: time(), number, afterMs: Math.round(afterMs) }),
    misfit: (words) => line({ type: 'no_request', time: time(), why: words }),
  }
}

export const textLog = (output: Output, style: Style): GatewayLog => {
  const { bold, dim, green, yellow } = style
  const line = (text = ''): void => {
    output.write(`${text}\n`)
  }
  const event = (number: number | '', text: string): void =>
    line(`${dim(new Date().toTimeString().slice(0, 8))} ${String(number).padStart(3)} ${text}`)
  return {
    listening: (whereabouts) => {
      // At once: whoever waits for it to listen has all of it.
      line(`${introduction(whereabouts, bold).join('\n')}\n`)
    },
    request: (number, request, { words, name }) => {
      const { method, url } = request
      const cursor = shownCursor(request)
      const sent =
        (name === undefined || url.startsWith(`/${name}`) ? '' : ` (${name})`) +
        (cursor === undefined ? '' : ` (Last-Event-ID: ${harmlessLine(cursor)})`)
      const paint = /whole stream|list of/.test(words) ? green : yellow
      event(number, `${harmlessLine(method)} ${shownPath(url)}${dim(sent)}: ${paint(words)}`)
    },
    clientGone: (number, afterMs) => event(number, `the client has gone, after ${seconds(afterMs)}`),
    misfit: (words) => event('', `no request: ${yellow(words)}`),
  }
}

function introduction(
  { url, certificate, title, wire, certOut }: Whereabouts,
  bold: Style['bold'],
): string[] {
  const trust = certOut ?? 'FILE'
  const curl = [
    'curl -N',
    ...(wire.protocol === 'h2' && !wire.tls ? ['--http2-prior-knowledge'] : []),
    ...(certificate === undefined ? [] : [`--cacert ${harmlessLine(trust)}`]),
  ].join(' ')
  const body = `-d '{"model":"m","stream":true}'`
  const lines =
    title === undefined
      ? [
          `${bold(url)} plays ${count(SCENARIO_NAMES.length, 'named scenario')} and lists them. Ctrl-C ends it.`,
          '',
          'Base URL of an OpenAI-compatible client',
          `  ${url}/v1         the scenario whose name is the model, such as "fin"`,
          `  ${url}/fin/v1     always the scenario fin; for Anthropic's clients ${url}/fin`,
          `  ${curl} ${url}/fin/v1/chat/completions ${body}`,
        ]
      : [
          `${bold(url)} plays ${harmlessLine(title)}, whatever the path. Ctrl-C ends it.`,
          '',
          'Base URL of an OpenAI-compatible client',
          `  ${url}/v1`,
          `  ${curl} ${url}/v1/chat/completions ${body}`,
        ]
  if (certificate === undefined) return lines
  return [
    ...lines,
    '',
    certOut === undefined
      ? 'Its certificate is for this run alone: --cert-out FILE writes it, for curl --cacert FILE and NODE_EXTRA_CA_CERTS=FILE.'
      : `Its certificate is in ${harmlessLine(certOut)}: for Node NODE_EXTRA_CA_CERTS=${harmlessLine(certOut)}`,
  ]
}
