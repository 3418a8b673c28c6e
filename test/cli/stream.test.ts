import { describe, expect, it } from 'vitest'
import { COMPLETION_TEXT, gatewayError, scenarios } from '../../src/testing/index.ts'
import { call, faultServer, run } from './command.ts'

const OPENAI_TEXT = ['--dialect', 'openai-chat', '--text']

describe('what is printed', () => {
  it('prints events so that they are an event stream again', async () => {
    const events = [
      { data: 'one\ntwo', event: 'greeting', id: '7' },
      { data: '  indented' },
      { data: '', id: '8' },
      '[DONE]',
    ]
    const server = await faultServer({ events })
    const { code, stdout } = await run([server.url])
    expect(stdout).toBe(
      'id: 7\nevent: greeting\ndata: one\ndata: two\n\nid: 7\ndata:   indented\n\nid: 8\ndata: \n\n',
    )
    expect(code).toBe(0)
  })

  it('prints the text of a completion and nothing else', async () => {
    const server = await faultServer()
    const { code, stdout, stderr } = await run([server.url, ...OPENAI_TEXT])
    expect(stdout).toBe(COMPLETION_TEXT)
    expect(stderr).toMatch(/^> GET http:.*\n< 200, an event stream\n= complete: 27 events, 1 request, .*\n$/)
    expect(code).toBe(0)
  })

  it('prints the text of an Anthropic message', async () => {
    const delta = (text: string) => ({
      event: 'content_block_delta',
      data: JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
    })
    const stop = { event: 'message_stop', data: '{"type":"message_stop"}' }
    const ping = { event: 'ping', data: '{"type":"ping"}' }
    const server = await faultServer({ events: [ping, delta('Hel'), delta('lo'), stop] })
    const { code, stdout } = await call([server.url, '--dialect', 'anthropic-messages', '--text', '-s'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'Hello' })
  })

  it('prints each value of a dialect as a line of JSON', async () => {
    const server = await faultServer()
    const { stdout } = await call([server.url, '--dialect', 'openai-chat'])
    const chunks = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(chunks).toHaveLength(27)
    expect(chunks[1].choices[0].delta.content).toBe('A')
  })

  it('tells everything as lines of JSON, the resumption included', async () => {
    const server = await faultServer({
      ids: true,
      answers: [{ fault: { type: 'fin', after: { events: 3 } } }, {}],
    })
    const { code, stdout, stderr } = await call([server.url, '--json', '--retry-delay', '0'])
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    const life = lines.filter(({ type }) => type !== 'value')
    expect(life).toMatchObject([
      { type: 'connecting', attempt: 1 },
      { type: 'open', attempt: 1, status: 200 },
      {
        type: 'waiting',
        attempt: 1,
        error: { kind: 'stream_terminated', lastEventId: '3', resumable: true },
      },
      { type: 'connecting', attempt: 2, lastEventId: '3' },
      { type: 'open', attempt: 2 },
      { type: 'complete', events: 27, requests: 2 },
    ])
    const ids = lines.filter(({ type }) => type === 'value').map(({ lastEventId }) => lastEventId)
    expect(ids).toEqual(Array.from({ length: 27 }, (_, i) => String(i + 1)))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it('resumes text without losing or doubling a token', async () => {
    const server = await faultServer({
      ids: true,
      answers: [{ fault: { type: 'rst', after: { events: 5, bytes: 20 } } }, {}],
    })
    const { code, stdout, stderr } = await run([server.url, ...OPENAI_TEXT, '--retry-delay', '0.01'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: COMPLETION_TEXT })
    expect(stderr).toContain('> attempt 2, Last-Event-ID: 5\n')
    expect(server.requests[1]?.headers['last-event-id']).toBe('5')
  })
})

describe('the exit code says how it ended', () => {
  it('3 and what to do, if no stream began', async () => {
    const answer = gatewayError('invalid_api_key', { message: 'No such key.' })
    const server = await faultServer({
      answers: [{ ...answer, headers: { ...answer.headers, 'x-request-id': 'req_7' } }],
    })
    const { code, stdout, stderr } = await run([server.url])
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' })
    expect(stderr).toContain('rx-sse: request_failed/invalid_api_key: No such key.\n')
    expect(stderr).toMatch(/request ID +req_7\n/)
    expect(stderr).toMatch(/what to do +Check the API key/)
  })

  it('3 for a page of HTML', async () => {
    const server = await faultServer({
      answers: [{ headers: { 'content-type': 'text/html' }, body: '<html><title>Sign in</title>' }],
    })
    const { code, stderr } = await call([server.url, '-s'])
    expect(code).toBe(3)
    expect(stderr).toMatch(/^rx-sse: request_failed\/not_event_stream: .*an HTML page, "Sign in".*\n$/)
  })

  it('3 for a closed port and for an unknown host, without a stack trace', async () => {
    for (const url of ['http://127.0.0.1:1/', 'http://nothing.invalid/']) {
      const { code, stderr } = await call(['--retry', '0', '-s', url])
      expect(code).toBe(3)
      expect(stderr).toMatch(/^rx-sse: request_failed\/connection_failed: .*\n$/)
    }
  })

  it('4 if the server reports an error inside the stream', async () => {
    const server = await faultServer({
      answers: [{ fault: { type: 'in-band-error', after: { events: 4 }, done: true } }],
    })
    const { code, stdout, stderr } = await run([server.url, ...OPENAI_TEXT])
    expect({ code, stdout }).toEqual({ code: 4, stdout: 'A stream that' })
    expect(stderr).toContain('rx-sse: stream_error/model_overloaded: ')
  })

  it('5 if it ends without its end marker', async () => {
    const server = await faultServer({ answers: [{ fault: { type: 'clean-end', after: { events: 4 } } }] })
    const { code, stdout, stderr } = await run([server.url, '--json'])
    expect(code).toBe(5)
    expect(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
      type: 'error',
      error: { kind: 'stream_terminated', reason: 'clean_end', events: 4 },
    })
    expect(stderr).toMatch(/^rx-sse: stream_terminated \(clean_end\): .*\n$/)
  })

  it('5, naming the option, if a deadline of the command passes', async () => {
    const server = await faultServer({ answers: [{ fault: { type: 'stall', after: { events: 2 } } }] })
    const { code, stderr } = await run([server.url, '--idle', '0.2', '-s'])
    expect(code).toBe(5)
    expect(stderr).toContain('no byte within --idle (200 ms)')
  })
})

describe('the request', () => {
  it('sends JSON as JSON, a form as a form, and what a header says as that', async () => {
    const server = await faultServer()
    await call([server.url, '-s', '-d', '{"stream":true}'])
    await call([server.url, '-s', '-d', 'a=1', '-d', 'b=2'])
    await call([server.url, '-s', '-d', '{}', '-H', 'Content-Type: text/plain', '-X', 'PUT'])
    const seen = server.requests.map(({ method, headers, body }) => [method, headers['content-type'], body])
    expect(seen).toEqual([
      ['POST', 'application/json', '{"stream":true}'],
      ['POST', 'application/x-www-form-urlencoded', 'a=1&b=2'],
      ['PUT', 'text/plain', '{}'],
    ])
  })

  it('reads a body from stdin and begins after an event', async () => {
    const server = await faultServer({ ids: true })
    const { stdout } = await run([server.url, '-s', '-d', '@-', '--resume-from', '26'], '{"from":"stdin"}\n')
    expect(server.requests[0]?.body).toBe('{"from":"stdin"}\n')
    expect(server.requests[0]?.headers['last-event-id']).toBe('26')
    expect(stdout).toMatch(/^id: 27\n/)
  })

  it('sends a header beyond ASCII as UTF-8', async () => {
    const server = await faultServer()
    await call([server.url, '-s', '-H', 'X-Title: café 会', '-u', 'me:pässword'])
    const { headers } = server.requests[0] ?? {}
    expect(Buffer.from(String(headers?.['x-title']), 'latin1').toString()).toBe('café 会')
    expect(headers?.authorization).toBe(`Basic ${Buffer.from('me:pässword').toString('base64')}`)
  })

  it('keeps every header that may be a key from the origin that it is redirected to', async () => {
    const target = await faultServer()
    const location = `${target.url.replace('127.0.0.1', 'localhost')}/moved`
    const server = await faultServer({ answers: [{ status: 307, headers: { location } }] })
    const { code } = await call([server.url, '-s', '-d', '{}', '-H', 'X-Our-Own: key', '-u', 'me:password'])
    expect(code).toBe(0)
    const { headers, body } = target.requests[0] ?? {}
    expect({ body, type: headers?.['content-type'] }).toEqual({ body: '{}', type: 'application/json' })
    expect(headers).not.toHaveProperty('x-our-own')
    expect(headers).not.toHaveProperty('authorization')
  })
})

describe('what to do', () => {
  it('is said in options of the command, if the server cannot resume', async () => {
    const server = await faultServer(scenarios['resume-changed'])
    const { code, stderr } = await call([server.url, '--retry-delay', '0'])
    expect(code).toBe(5)
    expect(stderr).toMatch(/what to do +The server .*: add --no-resume, or run it again from the start\.\n/)
  })

  it('is said with the time, if the server asks to wait', async () => {
    const server = await faultServer({ answers: [gatewayError('rate_limit_exceeded', { retryAfter: 3600 })] })
    const { code, stderr } = await call([server.url])
    expect(code).toBe(3)
    expect(stderr).toMatch(/retry after +3600 s\n/)
    expect(stderr).toMatch(/what to do +Try again in 3600 s, not sooner: the server asks for that\.\n/)
  })
})

describe('an endless feed', () => {
  it('is read again and again until the server says that there is nothing more', async () => {
    const event = { data: 'tick', id: '1' }
    const server = await faultServer({
      answers: [{ events: [event] }, { events: [event] }, { status: 204 }],
    })
    const { code, stdout, stderr } = await call([
      server.url,
      '--dialect',
      'event-source',
      '--retry-delay',
      '0.01',
    ])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'id: 1\ndata: tick\n\n'.repeat(2) })
    expect(stderr.match(/^! the response is over$/gm)).toHaveLength(2)
    expect(stderr).toContain('= complete: 2 events, 3 requests')
  })
  it('says that its recordings are used up, not that an end marker is missing', async () => {
    const input = 'data: tick\n\n'
    const { code, stdout, stderr } = await run(['--dialect', 'event-source', '-s', '--replay', '-'], input)
    expect({ code, stdout }).toEqual({ code: 5, stdout: input })
    expect(stderr).toBe('rx-sse: the recordings are used up; the feed has no end marker of its own\n')
  })
})
