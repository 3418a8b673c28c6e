import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Answer, COMPLETION_TEXT, chatCompletion, scenarios } from '../../src/testing/index.ts'
import { call, directory, faultServer } from './command.ts'

const CUT: Answer = { fault: { type: 'fin', after: { events: 5 } } }
const OPENAI = ['--dialect', 'openai-chat']
const REPLAY = [...OPENAI, '--resume-by-replay', '--retry-delay', '0']
const TEXT = ['--text', ...REPLAY]

const linesOf = (stdout: string): Record<string, unknown>[] =>
  stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('--resume-by-replay', () => {
  it('asks again from the start, and prints only what is new', async () => {
    const server = await faultServer({
      answers: [CUT, { fault: { type: 'fin', after: { events: 2 } } }, CUT, {}],
    })
    const { code, stdout, stderr } = await call([server.url, ...TEXT, '-d', '{"model":"m"}'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: COMPLETION_TEXT })
    for (const attempt of [2, 3, 4]) {
      expect(stderr).toContain(`, then attempt ${attempt} from the start\n`)
      expect(stderr).toContain(`> attempt ${attempt}, again from the start, passing over 5 events\n`)
    }
    expect(stderr).toMatch(/\n= complete: 27 events, 4 requests, .*\n$/)
    const sent = server.requests.map(({ method, body }) => `${method} ${body}`)
    expect(new Set(sent)).toEqual(new Set(['POST {"model":"m"}']))
  })

  it('goes by the IDs as long as there are some', async () => {
    const server = await faultServer(scenarios['resume-after-fin'])
    const { code, stdout, stderr } = await call([server.url, ...TEXT])
    expect({ code, stdout }).toEqual({ code: 0, stdout: COMPLETION_TEXT })
    expect(stderr).toContain(', then attempt 2 from event ID 5\n')
    expect(stderr).toContain('> attempt 2, Last-Event-ID: 5\n')
  })

  it('begins at the event that it was told to begin after', async () => {
    const events = ['a', 'b', '[DONE]']
    const server = await faultServer({
      events,
      answers: [{ fault: { type: 'fin', after: { events: 1 } } }, {}],
    })
    const { stdout, stderr } = await call([server.url, ...REPLAY.slice(2), '--resume-from', '7'])
    expect(stdout).toBe('id: 7\ndata: a\n\nid: 7\ndata: b\n\n')
    expect(stderr).toContain('> attempt 2, Last-Event-ID: 7, again from the start, passing over 1 event\n')
    expect(server.requests.map(({ headers }) => headers['last-event-id'])).toEqual(['7', '7'])
  })

  it('says in lines of JSON which way each request went', async () => {
    const numbered = ['a', 'b', 'c', '[DONE]'].map((data, i) => ({ data, id: String(i + 1) }))
    const server = await faultServer({
      events: numbered,
      answers: [
        { fault: { type: 'fin', after: { events: 2 } } },
        { events: ['c', 'd'], fault: { type: 'fin', after: { events: 1 } } },
      ],
    })
    const first = await call([server.url, '--json', '--resume-by-replay', '--retry-delay', '0'])
    const requests = linesOf(first.stdout).filter(({ type }) => type === 'connecting')
    // The server has gone over to events without IDs, which is no continuation.
    expect(requests).toEqual([
      { type: 'connecting', attempt: 1 },
      { type: 'connecting', attempt: 2, lastEventId: '2', resume: 'fromCursor', step: 'continue' },
    ])
    expect(linesOf(first.stdout).at(-1)).toMatchObject({ error: { code: 'resume_mismatch' } })
    server.use({ answers: [CUT, {}] })
    const second = await call([server.url, '--json', ...REPLAY])
    expect(linesOf(second.stdout).filter(({ type }) => type === 'connecting')).toEqual([
      { type: 'connecting', attempt: 1 },
      { type: 'connecting', attempt: 2, resume: 'replay', step: 'replay' },
    ])
  })

  it('shows both sides of the first difference, and prints nothing of the other answer', async () => {
    const other = chatCompletion('A stream which is another.')
    const server = await faultServer({ answers: [CUT, { events: other }] })
    const { code, stdout, stderr } = await call([server.url, ...TEXT])
    expect({ code, stdout }).toEqual({ code: 5, stdout: 'A stream that stops' })
    expect(stderr).toContain(
      'rx-sse: stream_terminated/replay_mismatch: sent again, the stream was the same for 3 values, and then another\n',
    )
    expect(stderr).toMatch(/\n {2}printed {8}\{.*" that".*\}\n {2}sent again {5}\{.*" which".*\}\n/)
    expect(stderr).toMatch(/what to do +The server does not send the same twice\. .* run it again/)
  })

  it('says that the server has sent less than before', async () => {
    const server = await faultServer({ answers: [CUT, { events: chatCompletion(['A'], { usage: false }) }] })
    const { code, stderr } = await call([server.url, ...TEXT])
    expect(code).toBe(5)
    expect(stderr).toContain('the same for 2 values, and then another')
    server.use({
      events: ['a', 'b', '[DONE]'],
      answers: [{ fault: { type: 'fin', after: { events: 2 } } }, { events: ['a', '[DONE]'] }],
    })
    const less = await call([server.url, '--resume-by-replay', '--retry-delay', '0'])
    expect(less.stderr).toContain('sent again, the stream ended after 1 of the values that were delivered\n')
    expect(less.stderr).toMatch(/\n {2}sent again {5}nothing\n/)
  })

  it('shows no secret that stands in what differs', async () => {
    const secret = 'sk-live-51aF9c0d'
    const server = await faultServer({
      events: ['a', '[DONE]'],
      answers: [{ fault: { type: 'fin', after: { events: 1 } } }, { events: [`b ${secret}`, '[DONE]'] }],
    })
    const args = [server.url, '-H', `X-Key: ${secret}`, '--resume-by-replay', '--retry-delay', '0']
    for (const output of [['--json'], ['-s'], []]) {
      server.use({
        events: ['a', '[DONE]'],
        answers: [{ fault: { type: 'fin', after: { events: 1 } } }, { events: [`b ${secret}`, '[DONE]'] }],
      })
      const { code, stdout, stderr } = await call([...args, ...output])
      expect(code).toBe(5)
      expect(stdout + stderr).toContain('b [secret]')
      expect(stdout + stderr).not.toContain(secret)
    }
  })

  it('goes with recordings too', async () => {
    const server = await faultServer({ answers: [CUT, {}] })
    const dir = directory()
    const [first, second] = [join(dir, 'talk.sse'), join(dir, 'talk.2.sse')]
    expect((await call([server.url, ...TEXT, '--record', first])).code).toBe(0)
    expect(readFileSync(second, 'utf8')).toMatch(/^data: \{.*\n\ndata: \[DONE\]\n\n$/s)
    const again = await call(['--replay', first, '--replay', second, ...TEXT])
    expect(again).toMatchObject({ code: 0, stdout: COMPLETION_TEXT })
  })
})

describe('a request to go on that fails', () => {
  const numbered = ['a', 'b', 'c', '[DONE]'].map((data, i) => ({ data, id: String(i + 1) }))
  const after = { fault: { type: 'fin', after: { events: 2 } } } as const
  const error = { type: 'auth', code: 'invalid_api_key', message: 'No such key.' }
  const refused: Answer = {
    status: 401,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ error }),
  }

  it('ends with 5, as what was printed is no whole stream, and says which failure it was', async () => {
    const server = await faultServer({ events: numbered, answers: [after, refused] })
    const { code, stdout, stderr } = await call([server.url, '--retry-delay', '0'])
    expect({ code, stdout }).toEqual({ code: 5, stdout: 'id: 1\ndata: a\n\nid: 2\ndata: b\n\n' })
    expect(stderr).toContain('rx-sse: stream_terminated/invalid_api_key (not_resumed): No such key.\n')
    expect(stderr).toMatch(/\n {2}received +2 events, \d+ bytes\n/)
    expect(stderr).toMatch(/\n {2}HTTP +401\n/)
    expect(server.requests).toHaveLength(2)
  })

  it('is told with its reason during the wait, and as JSON', async () => {
    const server = await faultServer({ events: numbered, answers: [after, { status: 503 }, {}] })
    const { code, stderr } = await call([server.url, '--retry-delay', '0'])
    expect(code).toBe(0)
    expect(stderr).toMatch(/\n! stream_terminated\/service_unavailable \(not_resumed\): /)
    server.use({ events: numbered, answers: [after, refused] })
    const { stdout } = await call([server.url, '--json', '--retry-delay', '0'])
    expect(linesOf(stdout).at(-1)).toMatchObject({
      type: 'error',
      error: { kind: 'stream_terminated', code: 'invalid_api_key', reason: 'not_resumed', events: 2 },
    })
  })
})

describe('a cursor that moves without an event', () => {
  it('is told as JSON, and not to a person', async () => {
    const fixture = 'id: 1\ndata: a\n\nid: 2\n\ndata: [DONE]\n\n'
    const server = await faultServer({ fixture })
    const { stdout, stderr } = await call([server.url, '--json', '-v'])
    expect(linesOf(stdout)).toContainEqual({ type: 'cursor', lastEventId: '2' })
    expect(stderr).not.toContain('cursor')
    const { stderr: told } = await call([server.url])
    expect(told).toMatch(/^> GET .*\n< 200, an event stream\n= complete: 1 event, 1 request, .*\n$/)
  })
})
