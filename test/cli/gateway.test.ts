import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join, resolve } from 'node:path'
import { Agent, fetch } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { GATEWAY_OPTIONS } from '../../src/cli/gateway-options.ts'
import { answerInWords } from '../../src/cli/gateway-words.ts'
import { type Answer, type ScenarioEntry, scenarioCatalog, scenarios } from '../../src/testing/index.ts'
import { until } from '../server.ts'
import { call, directory, type Running, run, start } from './command.ts'

const manual = readFileSync(resolve(import.meta.dirname, '../../docs/command.md'), 'utf8')

interface Gateway extends Running {
  readonly url: string
  /** What it has said so far, after the first line. */
  readonly lines: () => string[]
}

/** The command in its own process, on a free port. */
async function gateway(...args: string[]): Promise<Gateway> {
  const running = start(['gateway', '--port', '0', ...args])
  const { out } = running
  await until(
    () => out.stdout.includes('\n\n') || out.stdout.includes('"listening"') || out.stderr !== '',
    'it',
  )
  const url = /https?:\/\/127\.0\.0\.1:\d+/.exec(out.stdout)?.[0]
  if (url === undefined) throw new Error(out.stderr)
  const lines = (): string[] => out.stdout.split('\n').filter((line) => /^\d\d:\d\d:\d\d /.test(line))
  return { ...running, url, lines }
}

const ask = (url: string, body: object = { model: 'm' }, headers: Record<string, string> = {}) =>
  fetch(url, { method: 'POST', body: JSON.stringify(body), headers })

interface Envelope {
  error: { code: string; message: string }
}
const errorOf = async (url: string, body?: object): Promise<Envelope['error']> =>
  ((await (await ask(url, body)).json()) as Envelope).error

describe('rx-sse gateway', () => {
  it('plays the scenario that the path names, each from its own beginning, again and again', async () => {
    const { url } = await gateway()
    const statuses: number[] = []
    for (let i = 0; i < 3; i++) {
      statuses.push((await ask(`${url}/overloaded-then-whole/v1/chat/completions`)).status)
      expect(await (await ask(`${url}/whole/v1`)).text()).toContain('[DONE]')
    }
    expect(statuses).toEqual([503, 200, 503])
    await expect((await ask(`${url}/fin`)).text()).rejects.toThrow('terminated')
  })

  it('plays the scenario that the model names under /v1, and offers them as models', async () => {
    const { url, lines } = await gateway()
    const models = (await (await fetch(`${url}/v1/models`)).json()) as { data: { id: string }[] }
    const ids = models.data.map(({ id }) => id)
    expect(ids).toContain('clean-end')
    expect(ids).not.toContain('h2-reset')
    const text = await (await ask(`${url}/v1/chat/completions`, { model: 'clean-end' })).text()
    expect(text).not.toContain('[DONE]')
    await until(() => lines().length === 2, 'the second request to be told')
    expect(lines().at(-1)).toMatch(
      / 2 POST \/v1\/chat\/completions \(clean-end\): 200, a clean end after 5 events$/,
    )
    expect(await errorOf(`${url}/v1/chat/completions`, { model: 'claen-end' })).toMatchObject({
      code: 'unknown_model',
      message: expect.stringContaining('did you mean clean-end?'),
    })
    expect((await errorOf(`${url}/v1/chat/completions`)).message).toContain('"m"')
    expect((await errorOf(`${url}/v1/chat/completions`, [])).message).toContain('gives none')
  })

  it('says what is wrong with a name, and what a scenario needs', async () => {
    const { url } = await gateway()
    const unknown = await ask(`${url}/fni/v1`)
    expect(unknown.status).toBe(404)
    expect(((await unknown.json()) as Envelope).error.message).toBe(
      'there is no scenario "fni"; did you mean fin? / lists them',
    )
    const needy = await ask(`${url}/h2-reset/v1`)
    expect(needy.status).toBe(404)
    expect(((await needy.json()) as Envelope).error.message).toContain(
      'needs HTTP/2: start the gateway with --http2',
    )
    expect((await errorOf(`${url}/%E0%A4%A/v1`)).code).toBe('not_found')
  })

  it('lists all scenarios, to a browser as a page with links', async () => {
    const { url } = await gateway()
    const text = await (await fetch(url)).text()
    const page = await fetch(url, { headers: { accept: 'text/html,*/*' } })
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    const html = await page.text()
    for (const { name, about } of scenarioCatalog) {
      expect(text).toContain(`  ${name} `)
      expect(text).toContain(about)
      expect(html).toContain(`<a href="/${name}/">`)
    }
  })

  it('speaks Anthropic Messages below /v1/messages, where that wire has words for it', async () => {
    const { url } = await gateway()
    const text = await (await ask(`${url}/whole/v1/messages`)).text()
    expect(text).toMatch(/^event: message_start\n.*text_delta.*event: message_stop\ndata: [^\n]+\n\n$/s)
    expect(await (await ask(`${url}/v1/messages`, { model: 'in-band-error' })).text()).toMatch(
      /event: error\ndata: \{"type":"error","error":\{"type":"overloaded_error"[^\n]+\n\n$/,
    )
    expect((await errorOf(`${url}/in-band-x-groq/v1/messages`)).message).toBe(
      'Anthropic Messages has no words for what the scenario in-band-x-groq does',
    )
  })

  it('tells of clients that come with another protocol', async () => {
    const plain = await gateway()
    await expect(fetch(plain.url.replace('http:', 'https:'))).rejects.toThrow()
    await until(() => plain.lines().length === 1, 'the line')
    expect(plain.lines()[0]).toContain('no request: a client spoke TLS, which this server does not')
    const secured = await gateway('--tls')
    await expect(fetch(secured.url.replace('https:', 'http:'))).rejects.toThrow()
    await until(() => secured.lines().length === 1, 'the line')
    expect(secured.lines()[0]).toContain('no request: a client spoke HTTP without TLS')
    const http2 = await gateway('--http2')
    await expect(fetch(http2.url)).rejects.toThrow()
    await until(() => http2.lines().length === 1, 'the line')
    expect(http2.lines()[0]).toContain('a client did not speak HTTP/2')
  })

  it('keeps a redirect within its scenario', async () => {
    const { url } = await gateway()
    const response = await ask(`${url}/redirect/v1/chat/completions`)
    expect(new URL(response.url).pathname).toBe('/redirect/v1/chat/completions')
    expect(await response.text()).toContain('[DONE]')
    expect(await (await ask(`${url}/redirect/v1/messages`)).text()).toContain('message_stop')
  })

  it('lets the pages of other origins read, unless told not to', async () => {
    const headers = { origin: 'http://localhost:5173' }
    const open = await gateway()
    const response = await fetch(`${open.url}/whole/v1`, { headers })
    expect(response.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
    const listed = await fetch(open.url, { headers })
    expect(listed.headers.get('access-control-allow-origin')).toBe('http://localhost:5173')
    const closed = await gateway('--no-cors')
    const other = await fetch(`${closed.url}/whole/v1`, { headers })
    expect(other.headers.get('access-control-allow-origin')).toBeNull()
  })

  it('tells each request, its cursor and its answer, and when the client leaves, but no secret', async () => {
    const { url, lines, out } = await gateway()
    const headers = { authorization: 'Bearer sk-secret', cookie: 'session=sk-secret' }
    const path = '/resume-after-fin/v1/chat/completions'
    const first = await ask(`${url}${path}?key=sk-secret`, { user: 'sk-secret' }, headers)
    await expect(first.text()).rejects.toThrow()
    await (await ask(`${url}${path}`, {}, { 'last-event-id': '5' })).text()
    const stop = new AbortController()
    const { body } = await fetch(`${url}/stall`, { signal: stop.signal })
    await body?.getReader().read()
    stop.abort()
    await until(() => lines().length === 4, 'the client to be gone')
    expect(lines().map((line) => line.slice(9))).toEqual([
      `  1 POST ${path}?…: 200, FIN after 5 events`,
      `  2 POST ${path} (Last-Event-ID: 5): 200, on from event 5, a whole stream`,
      '  3 GET /stall: 200, silence after 5 events',
      expect.stringMatching(/^ {2}3 the client has gone, after \d+\.\d\d s$/),
    ])
    expect(out.stdout + out.stderr).not.toContain('sk-secret')
  })

  it('tells the same as JSON', async () => {
    const { url, out } = await gateway('--json', '--scenario', 'stall')
    const stop = new AbortController()
    const headers = { 'last-event-id': 'ä'.normalize() }
    const latin1 = { 'last-event-id': Buffer.from(headers['last-event-id']).toString('latin1') }
    const { body } = await fetch(`${url}/v1/x?key=1`, { signal: stop.signal, headers: latin1 })
    await body?.getReader().read()
    stop.abort()
    await until(() => out.stdout.includes('client_gone'), 'the client to be gone')
    const events = out.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as object)
    expect(events).toMatchObject([
      { type: 'listening', url, baseUrl: `${url}/v1`, protocol: 'http/1.1', scenario: 'stall' },
      {
        type: 'request',
        number: 1,
        method: 'GET',
        path: '/v1/x?…',
        lastEventId: 'ä',
        answer: '200, silence after 5 events',
      },
      { type: 'client_gone', number: 1, afterMs: expect.any(Number) },
    ])
  })

  it('plays a file, its fixtures beside it, as its answers say', async () => {
    const folder = directory()
    writeFileSync(join(folder, 'talk.sse'), 'data: recorded\n\n')
    const scenario = { fixture: { file: 'talk.sse' }, answers: [{ status: 503 }, {}] }
    writeFileSync(join(folder, 'mine.json'), `\ufeff${JSON.stringify(scenario)}`)
    const { url } = await gateway('--scenario', join(folder, 'mine.json'))
    const models = (await (await fetch(`${url}/v1/models`)).json()) as object
    expect(models).toMatchObject({ object: 'list' })
    const answers: string[] = []
    for (let i = 0; i < 3; i++) answers.push(await (await ask(`${url}/any/path`)).text())
    expect(answers).toEqual(['', 'data: recorded\n\n', 'data: recorded\n\n'])
  })

  it('plays what stdin says', async () => {
    const running = start(
      ['gateway', '--port', '0', '--scenario', '-'],
      '{"answers":[{"status":418,"body":"tea"}]}',
    )
    await until(() => running.out.stdout.includes('curl'), 'it')
    const url = /http:\S+:\d+/.exec(running.out.stdout)?.[0] as string
    expect(await (await fetch(url)).text()).toBe('tea')
  })

  it('speaks HTTP/2 with a certificate that it writes', async () => {
    const file = join(directory(), 'gateway.pem')
    const { url, out } = await gateway('--http2', '--cert-out', file)
    expect(url).toMatch(/^https:/)
    expect(out.stdout).toContain(`--cacert ${file}`)
    const dispatcher = new Agent({ connect: { ca: readFileSync(file, 'utf8') } })
    onTestFinished(() => dispatcher.destroy())
    const response = await fetch(`${url}/h2-reset/v1`, { dispatcher })
    await expect(response.text()).rejects.toMatchObject({ cause: { code: 'ERR_HTTP2_STREAM_ERROR' } })
  })

  it('takes a key and a certificate of your own', async () => {
    const tls = resolve(import.meta.dirname, '../tls')
    const { url } = await gateway('--cert', join(tls, 'cert.pem'), '--key', join(tls, 'key.pem'))
    const dispatcher = new Agent({
      connect: { ca: readFileSync(join(tls, 'cert.pem'), 'utf8'), servername: 'localhost' },
    })
    onTestFinished(() => dispatcher.destroy())
    expect(await (await fetch(`${url}/whole`, { dispatcher })).text()).toContain('[DONE]')
  })

  it('ends at once on Ctrl-C, with a stream open, and its port is free again', async () => {
    const { url, child, ended } = await gateway()
    const { body } = await fetch(`${url}/stall`)
    const reader = body?.getReader()
    await reader?.read()
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130, stderr: '' })
    const port = new URL(url).port
    const again = start(['gateway', '--port', port])
    await until(() => again.out.stdout.includes(`127.0.0.1:${port}`) || again.out.stderr !== '', 'it')
    expect(again.out.stderr).toBe('')
  })

  it('says that its port is taken, and what to do', async () => {
    const server = createServer()
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    onTestFinished(() => void server.close())
    const { port } = server.address() as { port: number }
    expect(await run(['gateway', '--port', String(port)])).toEqual({
      code: 2,
      stdout: '',
      stderr: `rx-sse: port ${port} is taken: end what listens there, or choose another with --port N (0: one that is free)\n`,
    })
  })

  it('ends when the reader of stdout has left', async () => {
    const { url, child, ended } = await gateway()
    child.stdout?.destroy()
    await fetch(url).then(
      (response) => response.text(),
      () => {},
    )
    expect(await ended).toMatchObject({ code: 141, stderr: '' })
  })
})

describe('what it prints', () => {
  it('lists the scenarios, also as JSON', async () => {
    const { code, stdout } = await call(['gateway', '--list'])
    expect(code).toBe(0)
    for (const { name, about } of scenarioCatalog)
      expect(stdout).toMatch(new RegExp(`^  ${name} +${about.slice(0, 4)}`, 'm'))
    expect(stdout).toMatch(/^ {2}h2-reset .*\(needs HTTP\/2\)$/m)
    const json = await call(['gateway', '--list', '--json'])
    const listed = json.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ScenarioEntry)
    expect(listed).toMatchObject(scenarioCatalog)
    expect(listed.find(({ name }) => name === 'h2-reset')).toMatchObject({ needs: 'HTTP/2' })
  })

  it('prints a scenario that can be played', async () => {
    const { stdout } = await call(['gateway', '--print', 'resume-after-fin'])
    expect(JSON.parse(stdout)).toEqual(scenarios['resume-after-fin'])
  })

  it('has its help in the manual, which says something of every option', async () => {
    const { stdout } = await call(['gateway', '--help'])
    expect(/<!-- gateway-help -->\n```text\n(.*?)```/s.exec(manual)?.[1]).toBe(stdout)
    const prose = /## A gateway that breaks on purpose\n(.*?)<!-- gateway-help -->/s.exec(manual)?.[1]
    for (const name of Object.keys(GATEWAY_OPTIONS)) {
      if (name !== 'help') expect(prose, name).toContain(`--${name}`)
    }
  })

  it('says what the manual shows of it', async () => {
    const block = /<!-- gateway: -->\n```console\n(.*?)```/s.exec(manual)?.[1] as string
    const { url, out, lines } = await gateway()
    for (const line of block.split('\n').filter((line) => /^\d\d:.* POST /.test(line))) {
      const [, path = '', model = 'm', id] =
        / POST (\S+?)(?: \(([a-z-]+)\))?(?: \(Last-Event-ID: (\S+)\))?: /.exec(line) ?? []
      const stop = new AbortController()
      const response = await fetch(`${url}${path}`, {
        method: 'POST',
        body: JSON.stringify({ model }),
        headers: id === undefined ? {} : { 'last-event-id': id },
        signal: stop.signal,
      })
      if (path.includes('stall'))
        await response.body
          ?.getReader()
          .read()
          .then(() => stop.abort())
      else await response.text().catch(() => {})
    }
    await until(() => lines().at(-1)?.includes('gone') === true, 'the client to be gone')
    const normal = (text: string): string =>
      text
        .replace(/^\d\d:\d\d:\d\d/gm, 'time')
        .replace(/\d+\.\d+ s$/gm, 'a while')
        .replace(/127\.0\.0\.1:\d+/g, 'here')
    expect(normal(`$ rx-sse gateway\n${out.stdout}`)).toBe(normal(block))
  })

  it.each<[Answer, string]>([
    [{}, '200, a whole stream'],
    [
      { coding: 'br', fault: { type: 'clean-end', after: { events: 1, bytes: 9 } } },
      '200, br, a clean end 9 bytes after 1 event',
    ],
    [{ fault: { type: 'rst', after: 'request' } }, 'RST instead of a response'],
    [
      { fault: { type: 'stream-reset', after: { events: 0 }, code: 'CANCEL' } },
      '200, RST_STREAM CANCEL before any event',
    ],
    [
      { fault: { type: 'repeat', after: { events: 5 }, count: 2 } },
      '200, 2 events sent again after 5 events',
    ],
    [{ fault: { type: 'stall', after: { bytes: 0 } } }, '200, silence after the head'],
    [{ status: 204 }, '204, No Content'],
    [{ status: 500, body: '{"error":{"code":"x\\u001b"}}' }, '500, x\\x1b'],
    [{ status: 500, body: 'null' }, '500, a body of 4 bytes'],
  ])('puts an answer into words: %j', (answer, words) => {
    expect(answerInWords(answer as Parameters<typeof answerInWords>[0])).toBe(words)
  })

  it('has words for every named scenario', () => {
    for (const { answers = [] } of Object.values(scenarios) as { answers?: readonly Answer[] }[]) {
      for (const answer of answers) expect(answerInWords(answer)).not.toMatch(/undefined|\[object/)
    }
  })
})

const json = (text: string): string => {
  const file = join(directory(), 'wrong.json')
  writeFileSync(file, text)
  return file
}

describe('wrong use of the gateway', () => {
  it.each<[string, () => string[], RegExp]>([
    [
      'a name misspelt',
      () => ['--scenario', 'claen-end'],
      /neither a scenario nor a file "claen-end"; did you mean clean-end\?/,
    ],
    ['a name that is none', () => ['--scenario', 'qqqqqqqqq'], /rx-sse gateway --list has them all/],
    [
      'a file that is not there',
      () => ['--scenario', '/no/such.json'],
      /cannot read "\/no\/such.json": there is no such file/,
    ],
    [
      'no JSON',
      () => ['--scenario', json('{\n  "answers": [\n    {"a": 1,}\n  ]\n}')],
      /is no JSON: a mistake at line 3, column 13$/m,
    ],
    ['half a JSON', () => ['--scenario', json('{"answers": [')], /line 1, column 14$/m],
    ['JSON and more', () => ['--scenario', json('{} {}')], /line 1, column 4$/m],
    ['a bad escape', () => ['--scenario', json('\r\n["ok", "\\x"]')], /line 2, column 8$/m],
    ['an empty file', () => ['--scenario', json('')], /is empty$/m],
    [
      'no scenario',
      () => ['--scenario', json('{"answers":[{},{"fault":{"type":"fni"}}]}')],
      /: scenario\.answers\[1\]\.fault\.type: "fni" is no fault; there are fin, /,
    ],
    [
      'a fixture that is not there',
      () => ['--scenario', json('{"fixture":{"file":"no.sse"}}')],
      /scenario\.fixture\.file: "no\.sse": there is no such file/,
    ],
    ['another wire', () => ['--scenario', 'h2-reset'], /needs HTTP\/2: add --http2$/m],
    ['no TLS', () => ['--scenario', 'tls-no-close-notify'], /needs TLS: add --tls$/m],
    [
      'the newer wire',
      () => ['--scenario', 'bad-chunk-size', '--http2'],
      /needs HTTP\/1\.1: leave out --http2$/m,
    ],
    ['a scenario without its option', () => ['fin'], /rx-sse gateway --scenario fin$/m],
    ['an option misspelt', () => ['--prot', '1'], /unknown option --prot; did you mean --port\?/],
    ['a value missing', () => ['--scenario', '--tls'], /--scenario needs a value: --scenario NAME\|FILE/],
    ['a value too much', () => ['--tls=yes'], /--tls takes no value/],
    ['a port that is none', () => ['--port', '99999'], /--port takes a whole number from 0 to 65535/],
    [
      'a certificate without its key',
      () => ['--cert', 'x.pem'],
      /--cert FILE and --key FILE belong together/,
    ],
    ['two certificates', () => ['--cert', 'a', '--key', 'b', '--cert-out', 'c'], /with --cert it makes none/],
    [
      'a certificate that is none',
      () => ['--port', '0', '--cert', json('x'), '--key', json('y')],
      /--cert and --key: key and cert are no pair/,
    ],
    [
      'a certificate that cannot be written',
      () => ['--port', '0', '--cert-out', '/no/such/x.pem'],
      /--cert-out cannot write "\/no\/such\/x\.pem": its directory does not exist/,
    ],
    [
      'a scenario to print that is none',
      () => ['--print', 'fni'],
      /--print: there is no scenario "fni"; did you mean fin\?/,
    ],
  ])('gets one line that says what to do: %s', async (_, args, line) => {
    const { code, stdout, stderr } = await call(['gateway', ...args()])
    expect(stderr).toMatch(line)
    expect(stderr).toMatch(/^rx-sse: [^\n]+\n$/)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })

  it('has its name first', async () => {
    expect(await call(['--json', 'gateway'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('rx-sse gateway …'),
    })
  })
})
