import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { gatewayError } from '../../src/testing/index.ts'
import { call, directory, faultServer } from './command.ts'

const SECRET = 'sk-live-51aF9c0d'

describe('secrets', () => {
  it('shows none, even if the server repeats them in its error', async () => {
    const server = await faultServer({
      answers: [gatewayError('invalid_api_key', { message: `Wrong key ${SECRET}, user hunter22.` })],
    })
    const url = server.url.replace('//', '//me:hunter22@')
    const request = [`${url}/path?api_key=${SECRET}`, '-H', `Authorization: Bearer ${SECRET}`]
    for (const option of ['-v', '-s', '--json']) {
      const { code, stdout, stderr } = await call([...request, option])
      expect(code).toBe(3)
      expect(stdout + stderr).toContain('Wrong key [secret], user [secret].')
      expect(stdout + stderr).not.toContain(SECRET)
      expect(stdout + stderr).not.toContain('hunter22')
    }
    expect(server.requests[0]?.headers.authorization).toBe(`Bearer ${SECRET}`)
  })

  it('takes headers from a file, and names the line that is wrong', async () => {
    const server = await faultServer()
    const file = join(directory(), 'headers.txt')
    writeFileSync(file, `Authorization: Bearer ${SECRET}\r\n\r\nX-Other: 1\n`)
    expect((await call([server.url, '-s', '-H', `@${file}`])).code).toBe(0)
    expect(server.requests[0]?.headers).toMatchObject({ authorization: `Bearer ${SECRET}`, 'x-other': '1' })
    writeFileSync(file, `X-Other: 1\n${SECRET}\n`)
    const { stderr } = await call([server.url, '-H', `@${file}`])
    expect(stderr).toContain('-H number 1, line 2 of the file, is not a header')
    expect(stderr).not.toContain(SECRET)
  })
  it('names every header that was sent, and shows no value', async () => {
    const server = await faultServer()
    const { stderr } = await call([
      server.url.replace('//', '//me:hunter22@'),
      '-v',
      '-H',
      `X-Key: ${SECRET}`,
    ])
    expect(stderr).toContain('> with the headers accept, authorization, x-key, user-agent\n')
    expect(stderr).not.toContain(SECRET)
  })
})

describe('a secret that the server repeats', () => {
  const refusing = (message: string) =>
    faultServer({ answers: [gatewayError('invalid_api_key', { message })] })
  const key = `${SECRET}${'0123456789'.repeat(6)}`
  const outputs = [['-v'], ['-s'], ['--json']]

  it('is not seen where a long message is shortened', async () => {
    for (const before of [330, 375, 390]) {
      const server = await refusing(`${'x'.repeat(before)} ${key}`)
      for (const output of outputs) {
        const { stdout, stderr } = await call([server.url, '-H', `Authorization: Bearer ${key}`, ...output])
        expect(stdout + stderr).toContain('xxx [')
        expect(stdout + stderr).not.toContain(SECRET.slice(0, 8))
      }
    }
  })

  it('is not seen where the library has cut the text, of an error or of what was left over', async () => {
    const page = { headers: { 'content-type': 'text/plain' }, body: `${'x'.repeat(180)} ${key}` }
    const cut = {
      fault: { type: 'append', text: `data: ${'x'.repeat(174)} ${key}`, after: { events: 1 } },
    } as const
    for (const answer of [page, cut]) {
      const server = await faultServer({ answers: [answer] })
      for (const output of outputs) {
        const { stdout, stderr } = await call([server.url, '-H', `Authorization: Bearer ${key}`, ...output])
        expect(stdout + stderr).toContain('[secret]…')
        expect(stderr + stdout).not.toContain(SECRET.slice(0, 8))
      }
    }
  })

  it('is not seen if it is not ASCII', async () => {
    const server = await refusing('no pässwörd for Schlüssel-für-alles')
    const request = [server.url, '-u', 'me:pässwörd', '-H', 'X-Token: Schlüssel-für-alles']
    for (const output of outputs) {
      const { stdout, stderr } = await call([...request, ...output])
      expect(stdout + stderr).toContain('no [secret] for [secret]')
    }
  })

  it('takes nothing out of what the command itself says', async () => {
    const server = await refusing('may not open this')
    const shown = async (user: string, ...args: string[]): Promise<string> => {
      const { stdout, stderr } = await call([server.url, '-u', user, ...args])
      return stdout + stderr
    }
    const lines = (await shown('type:open', '--json'))
      .split('\n')
      .map((line) => line.startsWith('{') && JSON.parse(line))
    expect(lines[0]).toEqual({ type: 'connecting', attempt: 1 })
    expect(lines[1]).toMatchObject({
      type: 'error',
      error: { name: 'SseError', kind: 'request_failed', message: 'may not [secret] this' },
    })
    expect(await shown('x:http://')).toContain(`> GET ${server.url}/\n`)
    expect(await shown('x:request_failed')).toContain('request_failed/invalid_api_key')
    server.use({ answers: [{}] })
    expect(await shown('event:stream')).toContain('< 200, an event stream\n')
    server.use({ answers: [{ headers: { 'content-type': 'text/plain' }, body: 'my event' }] })
    expect(await shown('x:event', '-s')).toContain(
      'expected text/event-stream, got "text/plain" with "my [secret]"',
    )
  })
})
