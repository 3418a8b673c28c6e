import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { call, type Surroundings } from '../cli/command.ts'
import { serve } from '../server.ts'

const ESC = '\u001b'
/** What a terminal would obey: a link, the clipboard, the title, a screen wiped, C1, and the direction of writing. */
const OSC_LINK = `${ESC}]8;;https://evil.example/${ESC}\\click${ESC}]8;;${ESC}\\`
const OSC_CLIPBOARD = `${ESC}]52;c;b3duZWQ=\u0007`
const C1 = '\u009d52;c;b3duZWQ=\u009c\u009b2J\u0090'
const BIDI = '\u202e\u2066\u2069\u061c\u200e\u200f'
const NASTY = `${OSC_LINK}${OSC_CLIPBOARD}${C1}${BIDI}\b\r\u007f${ESC}c${ESC}[2J<img src=x onerror=alert(1)>owned`

/** Nothing of it but line ends and tabs. */
const OBEYED = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/

/** In text on a terminal the marks of Arabic and Hebrew stay: they turn no more than the blank beside them. */
const OBEYED_IN_TEXT = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

const ONE_LINE = NASTY.replaceAll('\r', '')

const event = (fields: Record<string, string>): string =>
  `${Object.entries(fields)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')}\n\n`

const PLACES: readonly (readonly [string, number, string, string])[] = [
  [
    'the message of an error in the stream',
    200,
    'text/event-stream',
    event({ data: JSON.stringify({ error: { code: 'model_timeout', message: NASTY } }) }),
  ],
  [
    'its type, its code and its request ID',
    200,
    'text/event-stream',
    event({
      data: JSON.stringify({
        error: { code: `${NASTY}c`, type: `${NASTY}t`, message: 'm' },
        request_id: NASTY,
      }),
    }),
  ],
  ['an error that is no JSON', 200, 'text/event-stream', event({ event: 'error', data: ONE_LINE })],
  ['an event that cannot be read', 200, 'text/event-stream', event({ data: `{${ONE_LINE}` })],
  ['an ID before it', 200, 'text/event-stream', event({ id: ONE_LINE, data: '{}' }) + event({ data: '{' })],
  ['what is left over', 200, 'text/event-stream', `data: ${ONE_LINE}`],
  ['an error body', 500, 'text/plain', NASTY],
  [
    'an error body of JSON',
    400,
    'application/json',
    JSON.stringify({ error: { code: 'invalid_argument', message: NASTY } }),
  ],
  ['the title of a web page', 502, 'text/html', `<html><title>${NASTY.replaceAll('<', '(')}</title>`],
  ['a body that is no stream', 200, 'text/plain', NASTY],
]

describe('what a hostile server writes into its errors reaches no terminal as a command', () => {
  const env = { TERM: 'xterm', NO_COLOR: '1' }
  const terminal: Surroundings = { tty: { stdout: true, stderr: true }, env }
  it.each(PLACES)('%s', async (_, status, type, body) => {
    const server = await serve((_req, res) => void res.writeHead(status, { 'content-type': type }).end(body))
    let shown = ''
    for (const args of [['--dialect', 'openai-chat'], ['--dialect', 'openai-chat', '--json'], ['-v']]) {
      // In a terminal, and on the stderr of a pipe, which is a log.
      for (const where of [terminal, {}]) {
        const { code, stdout, stderr } = await call([server.url, ...args, '--retry', '0'], where)
        expect(code).toBeGreaterThan(0)
        // A countdown rewrites its own line.
        expect(stderr.replaceAll(`\r${ESC}[2K`, '')).not.toMatch(OBEYED)
        if (args.includes('--json')) expect(stdout).not.toMatch(OBEYED)
        else if ('tty' in where) expect(stdout).not.toMatch(OBEYED_IN_TEXT)
        shown += stdout + stderr
      }
    }
    // Harmless, but not hidden.
    expect(shown).toMatch(/\\x1b|\\u001b/)
    expect(shown).toContain('owned')
  })

  it('nor does its head: a content type, a request ID and a Location', async () => {
    const field = Buffer.from(C1 + BIDI).toString('latin1')
    for (const [status, headers] of [
      [200, { 'content-type': `text/${field}` }],
      [500, { 'x-request-id': field, server: field }],
      [302, { location: `ftp://${field}/` }],
    ] as const) {
      const server = await serve((_req, res) => void res.writeHead(status, headers).end('no'))
      for (const args of [['-v'], ['--json']]) {
        const { code, stdout, stderr } = await call([server.url, ...args, '--retry', '0'], terminal)
        expect(code).toBeGreaterThan(0)
        expect((stdout + stderr).replaceAll(`\r${ESC}[2K`, '')).not.toMatch(OBEYED)
      }
    }
  })
})

/** Files below a folder. */
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => join(folder, file))

describe('the page', () => {
  // That it is so in a browser, test/browser/page-own.test.ts sees: markup in words, errors, IDs, comments and content types.
  it('is made of text alone: nothing in its source turns a string into markup, script or a URL of its own', () => {
    const root = resolve(import.meta.dirname, '../..')
    const sources = filesIn(resolve(root, 'page/src')).filter((file) => /\.tsx?$/.test(file))
    expect(sources.length).toBeGreaterThan(10)
    const dangers =
      /\b(?:innerHTML|outerHTML|insertAdjacentHTML|dangerouslySetInnerHTML|createContextualFragment|setHTMLUnsafe|DOMParser|srcdoc|document\s*\.\s*write(?:ln)?|eval|new Function)\b/
    for (const file of sources) expect(readFileSync(file, 'utf8'), file).not.toMatch(dangers)
  })
})
