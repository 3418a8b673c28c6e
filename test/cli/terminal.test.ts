import { describe, expect, it } from 'vitest'
import { COMPLETION_TEXT } from '../../src/testing/index.ts'
import { call, faultServer, type Surroundings } from './command.ts'

const TERMINAL: Surroundings = { tty: { stdout: true, stderr: true }, env: { TERM: 'xterm' } }
const ESC = '\u001b'
const CONTROLS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/
const NASTY = `${ESC}[2J${ESC}]0;owned\u0007\u009b31m\u202egnp.exe`

const cutOnce = () =>
  faultServer({ ids: true, answers: [{ fault: { type: 'fin', after: { events: 5 } } }, {}] })

const TEXT = ['--dialect', 'openai-chat', '--text']

describe('on a terminal', () => {
  it('counts a wait down on one line that it rewrites', async () => {
    const server = await cutOnce()
    // A wait of a random share; the server's floor makes it long enough to be counted.
    server.use({
      answers: [{ status: 503, headers: { 'retry-after': '0.35' }, body: 'not now' }, {}],
    })
    const { code, stderr } = await call([server.url, ...TEXT, '--retry-delay', '0'], TERMINAL)
    expect(code).toBe(0)
    const frames = stderr.split('\r').filter((frame) => frame.includes('waiting'))
    expect(frames.length).toBeGreaterThan(1)
    for (const frame of frames) expect(frame).not.toContain('\n')
    expect(stderr).toMatch(/\r\u001b\[2K\u001b\[33m~\u001b\[39m waited \d\.\d\d s\n/)
  })

  it('uses colours, but not against NO_COLOR and not on a dumb terminal', async () => {
    const server = await faultServer()
    const coloured = await call([server.url], TERMINAL)
    expect(coloured.stderr).toContain(`${ESC}[32mcomplete${ESC}[39m`)
    expect(coloured.stdout).toContain(`${ESC}[2mdata:${ESC}[22m `)
    for (const env of [{ TERM: 'xterm', NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      const { stdout, stderr } = await call([server.url], { ...TERMINAL, env })
      expect(stdout + stderr).not.toContain(ESC)
    }
  })

  it('begins a line of its own for what it says in the middle of streaming text', async () => {
    const server = await cutOnce()
    const { stdout, stderr } = await call([server.url, ...TEXT, '--retry-delay', '0'], TERMINAL)
    expect(stdout).toBe(`${COMPLETION_TEXT}\n`)
    expect(stderr).toContain(`event stream\n\n${ESC}[33m!`)
  })

  it("makes the server's control characters visible", async () => {
    const chunk = JSON.stringify({ choices: [{ index: 0, delta: { content: NASTY } }] })
    const server = await faultServer({ events: [chunk, '[DONE]'] })
    const env = { TERM: 'xterm', NO_COLOR: '1' }
    for (const args of [TEXT, ['--dialect', 'openai-chat'], ['--json'], []]) {
      const { stdout } = await call([server.url, '-s', ...args], { ...TERMINAL, env })
      expect(stdout).toContain('owned')
      expect(stdout).not.toMatch(CONTROLS)
    }
    server.use({ events: [{ data: NASTY, event: NASTY.replace('\u0007', ''), id: `${ESC}1` }, '[DONE]'] })
    const raw = await call([server.url, '-s'], { ...TERMINAL, env })
    expect(raw.stdout).toContain('id: \\x1b1\n')
    expect(raw.stdout).not.toMatch(CONTROLS)
  })

  it('leaves a line break of two characters as a line break', async () => {
    const chunk = JSON.stringify({ choices: [{ index: 0, delta: { content: 'one\r\ntwo\rover' } }] })
    const server = await faultServer({ events: [chunk, '[DONE]'] })
    const { stdout } = await call([server.url, '-s', ...TEXT], TERMINAL)
    expect(stdout).toBe('one\ntwo\\x0dover\n')
  })
})

describe('in a pipe or a log', () => {
  it('says a wait in one line and moves no cursor', async () => {
    const server = await cutOnce()
    const { stdout, stderr } = await call([server.url, ...TEXT, '--retry-delay', '0.2'])
    expect(stdout).toBe(COMPLETION_TEXT)
    expect(stderr.match(/^~ waiting \d\.\d\d s, then attempt 2 from event ID 5$/gm)).toHaveLength(1)
    expect(stderr).not.toMatch(CONTROLS)
  })

  it("hands the server's bytes on untouched on stdout, and harmless on stderr", async () => {
    const chunk = JSON.stringify({ choices: [{ index: 0, delta: { content: NASTY } }] })
    const server = await faultServer({
      events: [chunk, '[DONE]'],
      answers: [
        {
          fault: {
            type: 'in-band-error',
            after: { events: 1 },
            error: { code: 'model_timeout', message: NASTY },
          },
        },
      ],
    })
    const { code, stdout, stderr } = await call([server.url, ...TEXT])
    expect({ code, stdout }).toEqual({ code: 4, stdout: NASTY })
    expect(stderr).toContain('\\x1b[2J')
    expect(stderr).toContain('\\u202e')
    expect(stderr).not.toMatch(CONTROLS)
  })
})
