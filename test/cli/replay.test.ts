import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseRecording } from '../../src/cli/http-message.ts'
import { COMPLETION_TEXT, gatewayError } from '../../src/testing/index.ts'
import { call, directory, faultServer, run } from './command.ts'

const TEXT = ['--dialect', 'openai-chat', '--text', '--retry-delay', '0']

describe('--record and --replay', () => {
  it('give the same again, byte for byte, without a server', async () => {
    const server = await faultServer({ answers: [{ coding: 'gzip' }] })
    const file = join(directory(), 'talk.sse')
    const recorded = await run([server.url, '--record', file, '-v'])
    expect(recorded.stderr).toContain(`* recorded ${file}\n`)
    expect(readFileSync(file, 'utf8')).toMatch(/^data: \{.*\n\ndata: \[DONE\]\n\n$/s)
    const replayed = await run(['--replay', file])
    expect(replayed.stdout).toBe(recorded.stdout)
    expect(replayed.code).toBe(0)
    expect(server.requests).toHaveLength(1)
  })

  it('keep each response in a file of its own', async () => {
    const server = await faultServer({
      ids: true,
      answers: [
        gatewayError('model_overloaded', { retryAfter: 0 }),
        { fault: { type: 'fin', after: { events: 6, bytes: 9 } } },
        {},
      ],
    })
    const dir = directory()
    const [first, second, third] = ['talk.sse', 'talk.2.sse', 'talk.3.sse'].map((name) => join(dir, name))
    expect(await call([server.url, ...TEXT, '--record', join(dir, 'talk.sse')])).toMatchObject({ code: 0 })
    expect(readFileSync(first!, 'utf8')).toMatch(/^HTTP\/1\.1 503\r\n.*\r\n\r\n\{"error"/s)
    const replays = [first!, second!, third!].flatMap((file) => ['--replay', file])
    const { code, stdout, stderr } = await call([...TEXT, ...replays])
    expect({ code, stdout }).toEqual({ code: 0, stdout: COMPLETION_TEXT })
    expect(stderr).toContain('! request_failed/model_overloaded')
    expect(stderr).toContain('> attempt 3, Last-Event-ID: 6\n')
  })

  it('end with the last failure once the recordings are used up', async () => {
    const server = await faultServer({
      ids: true,
      answers: [{ fault: { type: 'fin', after: { events: 6, bytes: 9 } } }],
    })
    const file = join(directory(), 'cut.sse')
    expect((await call([server.url, ...TEXT, '--retry', '0', '--record', file])).code).toBe(5)
    const { code, stderr } = await call([...TEXT, '--replay', file])
    expect(code).toBe(5)
    expect(stderr).toContain('rx-sse: stream_terminated (cut_event)')
  })

  it('read a recording from stdin', async () => {
    const { code, stdout } = await run(['-s', '--replay', '-'], 'data: piped\n\ndata: [DONE]\n\n')
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'data: piped\n\n' })
  })

  it.each([1, 5, 1000])(
    'give the same again if the body looks like a head, in writes of %i',
    async (writeSize) => {
      const fixture = 'HTTP/1.1 200 OK\r\n\r\ndata: a\n\ndata: [DONE]\n\n'
      const server = await faultServer({ fixture, answers: [{ writeSize }] })
      const file = join(directory(), 'odd.sse')
      const recorded = await call([server.url, '--record', file])
      expect(recorded).toMatchObject({ code: 0, stdout: 'data: a\n\n' })
      expect(readFileSync(file, 'utf8')).toBe(
        `HTTP/1.1 200\r\ncontent-type: text/event-stream\r\n\r\n${fixture}`,
      )
      expect((await call(['--replay', file])).stdout).toBe(recorded.stdout)
    },
  )

  it('keep a body that only begins like one', async () => {
    const server = await faultServer({ fixture: 'HTT' })
    const file = join(directory(), 'short.sse')
    expect((await call([server.url, '--retry', '0', '--record', file])).code).toBe(5)
    expect(readFileSync(file, 'utf8')).toBe('HTT')
  })

  it('leave no file behind if there was no response, and an older one as it was', async () => {
    const dir = directory()
    await call(['http://127.0.0.1:1/', '--retry', '0', '--record', join(dir, 'new.sse')])
    expect(existsSync(join(dir, 'new.sse'))).toBe(false)
    writeFileSync(join(dir, 'old.sse'), 'data: kept\n\n')
    await call(['http://127.0.0.1:1/', '--retry', '0', '--record', join(dir, 'old.sse')])
    expect(readFileSync(join(dir, 'old.sse'), 'utf8')).toBe('data: kept\n\n')
  })
})

describe('a recording with a head', () => {
  const parse = (text: string) => {
    const recording = parseRecording(Buffer.from(text))
    return (
      recording && {
        status: recording.status,
        body: Buffer.from(recording.body).toString(),
        reason: recording.failure?.reason,
      }
    )
  }
  const head = (fields: string) => `HTTP/1.1 200 OK\r\n${fields}\r\n\r\n`
  const chunked = head('Transfer-Encoding: chunked')

  it.each([
    ['a plain body', 'data: a\n\n', { status: 200, body: 'data: a\n\n', reason: undefined }],
    [
      'whole chunks',
      `${chunked}3\r\nabc\r\n1;x=y\r\nd\r\n0\r\n\r\n`,
      { status: 200, body: 'abcd', reason: undefined },
    ],
    [
      'chunks without a last one',
      `${chunked}3\r\nabc\r\n`,
      { status: 200, body: 'abc', reason: 'socket_closed' },
    ],
    ['a cut chunk', `${chunked}5\r\nabc`, { status: 200, body: 'abc', reason: 'socket_closed' }],
    [
      'a bad chunk size',
      `${chunked}3\r\nabc\r\nxyz\r\n`,
      { status: 200, body: 'abc', reason: 'bad_framing' },
    ],
    ['a whole length', `${head('Content-Length: 2')}abc`, { status: 200, body: 'ab', reason: undefined }],
    [
      'a short length',
      `${head('Content-Length: 9')}abc`,
      { status: 200, body: 'abc', reason: 'content_length' },
    ],
    ['no framing', `${head('Connection: close')}abc`, { status: 200, body: 'abc', reason: undefined }],
    [
      'a head before the head',
      `HTTP/1.1 103 Early Hints\r\n\r\n${head('A: b')}abc`,
      { status: 200, body: 'abc', reason: undefined },
    ],
    ['no head at all', 'HTTP/1.1 what\r\n\r\n', undefined],
  ])('is taken for what it is: %s', (_, text, expected) => {
    expect(parse(text)).toEqual(expected)
  })
})
