import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { type NetworkInterfaceInfo, networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { fetch } from 'undici'
import { describe, expect, it } from 'vitest'
import { eventStreamSignals } from '../../src/index.ts'
import { relayResponse } from '../../src/relay/index.ts'
import { gatewayError, type Scenario, scenarios } from '../../src/testing/index.ts'
import { call, directory, faultServer, start } from '../cli/command.ts'
import { page } from '../cli/page-of.ts'
import { SSE, serve, until } from '../server.ts'
import { marked, markedUrl, marks, written } from './marked-request.ts'
import { leaksIn, marksFor } from './marks.ts'

const own = marksFor('-u', '-b', '-H', 'a header file', '-d', 'a data file', 'the environment')
/** The command shows the path of its URL, and no more of it than that there is a query. */
const { path: _, ...hidden } = { ...marks, ...own }

/** All the ways to give the command a secret, of which it may show none. */
function givenTo(url: string): readonly string[] {
  const folder = directory()
  const [headers, body] = [join(folder, 'headers'), join(folder, 'body')]
  writeFileSync(
    headers,
    `X-Token: ${own['a header file']}\nX-Plain: ${marks['a header of the caller’s own']}\n`,
  )
  writeFileSync(body, own['a data file'])
  const options = [
    '-H',
    `Authorization: Bearer ${own['-H']}`,
    '-H',
    `@${headers}`,
    '-b',
    `session=${own['-b']}`,
  ]
  return [
    url,
    ...options,
    '-d',
    `{"a":"${own['-d']}"}`,
    '-d',
    `@${body}`,
    '--retry',
    '1',
    '--retry-delay',
    '0',
  ]
}

const env = {
  HTTP_PROXY: `http://me:${own['the environment']}@127.0.0.1:1`,
  HTTPS_PROXY: `http://me:${own['the environment']}@127.0.0.1:1`,
  OPENAI_API_KEY: own['the environment'],
}

const endings: Readonly<Record<string, Scenario>> = {
  'a whole stream': scenarios.whole,
  'a cut and a resumption': scenarios['resume-after-fin'],
  'a cut': scenarios.fin,
  'a refusal': { answers: [gatewayError('invalid_api_key')] },
  'an overload, again and again': { answers: [gatewayError('model_overloaded')] },
  'a page of HTML': scenarios['html-page'],
  'an error inside the stream': scenarios['in-band-error-then-done'],
}

describe('rx-sse URL', () => {
  it.each(Object.entries(endings))('shows and records no secret: %s', async (_, scenario) => {
    for (const output of [['-v'], ['-s'], ['--json', '-v'], ['--dialect', 'openai-chat', '--text']]) {
      const server = await faultServer(scenario)
      const folder = directory()
      const args = [...givenTo(markedUrl(server.url)), ...output, '--record', join(folder, 'talk.sse')]
      const ran = await call(args, { env })
      expect(server.requests[0]?.headers['x-token']).toBe(own['a header file'])
      expect(leaksIn(ran, hidden)).toEqual([])
      const files = readdirSync(folder)
      expect(files.length).toBeGreaterThan(0)
      for (const file of files)
        expect(leaksIn(readFileSync(join(folder, file), 'latin1'), hidden)).toEqual([])
    }
  })

  it('shows none where it cannot connect, and none of wrong arguments', async () => {
    const url = markedUrl('http://127.0.0.1:1')
    expect((await call([...givenTo(url), '-v'], { env })).code).toBe(3)
    for (const args of [
      givenTo(url),
      [url, own['-H']],
      [own['-H']],
      [url.replace(':1', ':99999')],
      [url, '-H', own['-H']],
      [url, '-H', `Authorization ${own['-H']}`],
      [url, '-H', `X-Key: ${own['-H']}\u0001`],
      [url, '-u', own['-u']],
      [url, '-b', `${own['-b']}\u0001`],
      [`${url.slice(7)}`],
      [url, `--api-key=${own['-H']}`],
      [url, '--header', '--retry', own['-H']],
      [url, '--resume-from', `${own['-H']}\u0001`],
    ]) {
      const ran = await call(args, { env })
      expect(ran.code).toBeGreaterThan(0)
      expect(leaksIn(ran, hidden)).toEqual([])
    }
  })

  it('puts [secret] where a server repeats a credential, and leaves out what is none', async () => {
    const server = await serve(async (req, res) => {
      const { authorization, cookie, 'x-token': token } = req.headers
      const said = `${req.url} ${authorization} ${cookie} ${token}`
      res.writeHead(401, { 'content-type': 'application/json', 'x-request-id': said })
      res.end(JSON.stringify({ error: { message: said, type: said, code: said } }))
    })
    for (const output of ['-v', '-s', '--json']) {
      const ran = await call([...givenTo(markedUrl(server.url)), output])
      expect(ran.stdout + ran.stderr).toContain('[secret]')
      expect(leaksIn(ran, hidden)).toEqual([])
    }
  })
})

/** Under which other machines reach this one. */
const ownAddresses = (): readonly NetworkInterfaceInfo[] =>
  Object.values(networkInterfaces())
    .flatMap((all) => all ?? [])
    .filter(({ internal, family }) => !internal && family === 'IPv4')

describe('rx-sse gateway', () => {
  it('tells this machine alone, and of a request neither header, query nor body', async () => {
    const running = start(['gateway', '--port', '0', '--json'])
    await until(() => /http:\/\/127\.0\.0\.1:\d+/.test(running.out.stdout), 'the gateway')
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(running.out.stdout)?.[0] ?? ''
    for (const { address } of ownAddresses()) {
      const outside = fetch(url.replace('127.0.0.1', address), { signal: AbortSignal.timeout(1_000) })
      await expect(outside, address).rejects.toThrow()
    }
    const { headers } = marked
    const body = JSON.stringify({ model: marks.body, messages: [] })
    const asked = ['/v1/chat/completions', '/fin/v1/chat/completions', '/v1/messages', '/none/v1']
    for (const path of asked) {
      const response = await fetch(`${url}${path}?key=${marks.query}`, { method: 'POST', headers, body })
      await response.text().catch(() => {})
    }
    const lines = (): number => running.out.stdout.split('"POST"').length - 1
    await until(() => lines() === asked.length, 'the lines')
    expect(leaksIn(running.out, marks)).toEqual([])
    running.child.kill('SIGINT')
    await running.ended
  })
})

describe('the server of rx-sse page', () => {
  it('logs nothing, and tells the page nothing that the page has sent', async () => {
    const output = written()
    const server = await page()
    const gone = markedUrl('http://127.0.0.1:1')
    const headers = Object.entries(marked.headers)
    const body = Buffer.from(marks.body).toString('base64')
    for (const order of [
      { url: gone, method: 'POST', headers, body },
      { url: gone.replace('http:', 'ftp:'), method: 'POST', headers },
      { url: gone, method: marks.body, headers },
      { url: gone, method: 'POST', headers: marked.headers },
      { url: gone, method: 'POST', headers: [['x-mine', `${marks['a header of the caller’s own']}\n`]] },
      { url: gone, method: 'POST', headers, body: `*${marks.body}` },
      `{"${marks.body}`,
    ]) {
      const response = await server.call('/api/relay', order)
      expect(leaksIn(await response.text(), marks)).toEqual([])
      expect(leaksIn([...response.headers], marks)).toEqual([])
    }
    const wrongToken = await server.call('/api/relay', {}, { 'x-rx-sse-token': marks.body })
    expect(leaksIn(await wrongToken.text(), marks)).toEqual([])
    expect(output()).toBe('')
  })
})

describe('relayResponse()', () => {
  it.each<[string, (said: string) => { status: number; head: Record<string, string>; body: string }]>([
    [
      'before the stream',
      (said) => ({ status: 401, head: { 'x-request-id': said }, body: JSON.stringify({ error: said }) }),
    ],
    [
      'inside it',
      (said) => ({ status: 200, head: SSE, body: `data: a\n\ndata: ${JSON.stringify({ error: said })}\n\n` }),
    ],
    ['at its end', (said) => ({ status: 200, head: SSE, body: `data: a\n\ndata: ${said}` })],
  ])('passes on nothing that the upstream repeats in an error %s', async (_, make) => {
    const upstream = await serve(async (req, res) => {
      let said = `${req.url} ${req.rawHeaders.join(' ')}`
      for await (const chunk of req) said += chunk
      const { status, head, body } = make(said.replaceAll('"', "'"))
      res.writeHead(status, head).end(body)
    })
    const output = written()
    const response = await relayResponse(
      eventStreamSignals(markedUrl(upstream.url), { ...marked, retry: false }),
    )
    const text = await response.text()
    expect(text).toContain('"error"')
    expect(leaksIn([text, [...response.headers]], marks)).toEqual([])
    expect(output()).toBe('')
  })
})
