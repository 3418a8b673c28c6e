import { readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { resolve } from 'node:path'
import { fetch } from 'undici'
import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../server.ts'
import { call, start } from './command.ts'

const manual = readFileSync(resolve(import.meta.dirname, '../../docs/command.md'), 'utf8')

describe('rx-sse page', () => {
  it('says where the page is, serves it to this machine, and ends at once with Ctrl-C', async () => {
    const { child, out, ended } = start(['page', '--port', '0'])
    await until(() => out.stdout.includes('Ctrl-C') || out.stderr !== '', 'the address')
    const url = /^The page is at (http:\/\/127\.0\.0\.1:\d+\/)$/m.exec(out.stdout)?.[1] ?? out.stderr
    const response = await fetch(url)
    // Not built where only the tests have run.
    expect([200, 503]).toContain(response.status)
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    await response.text()
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 130, stderr: '' })
  })

  it('says what to do when its port is taken', async () => {
    const other = createServer()
    onTestFinished(() => void other.close())
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done))
    const { port } = other.address() as { port: number }
    expect(await call(['page', '--port', String(port)])).toEqual({
      code: 2,
      stdout: '',
      stderr: `rx-sse: port ${port} is taken: end what listens there, or choose another with --port N (0: one that is free)\n`,
    })
  })

  it.each([
    [['--prot', '1'], 'unknown option --prot; did you mean --port?'],
    [['--port'], '-p/--port needs a value: --port N'],
    [['--port', '65536'], '--port takes a whole number from 0 to 65535; 0 takes one that is free.'],
    [['--port', 'x'], '--port takes a whole number from 0 to 65535; 0 takes one that is free.'],
    [
      ['https://host/?key=abc'],
      'page takes no arguments, only options; a URL of your own is given on the page.',
    ],
    [['-x'], 'unknown option -x; rx-sse page --help lists them'],
  ])('refuses %j in words that repeat no value', async (args, words) => {
    expect(await call(['page', ...args])).toEqual({ code: 2, stdout: '', stderr: `rx-sse: ${words}\n` })
  })

  it('has its help in the manual', async () => {
    const { stdout } = await call(['page', '--help'])
    expect(/<!-- page-help -->\n```text\n(.*?)```/s.exec(manual)?.[1]).toBe(stdout)
  })
})
