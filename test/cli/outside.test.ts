import { existsSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../server.ts'
import { COMMAND, faultServer, run, start } from './command.ts'

describe('who ends it from outside', () => {
  it('ends the request on Ctrl-C and exits with 130', async () => {
    const server = await faultServer({ answers: [{ fault: { type: 'stall', after: { events: 2 } } }] })
    const { child, out, ended } = start([server.url])
    await until(() => out.stdout.split('\n\n').length > 2, 'two events')
    child.kill('SIGINT')
    const { code, stderr } = await ended
    expect(code).toBe(130)
    expect(stderr).not.toContain('rx-sse:')
    await until(() => server.requests[0]?.clientGoneAt !== undefined, 'the server to see the close')
  })

  it('ends the wait for another attempt on SIGTERM and exits with 143', async () => {
    const { child, out, ended } = start(['http://127.0.0.1:1/', '--retry-delay', '1000'])
    await until(() => out.stderr.includes('waiting'), 'the wait')
    child.kill('SIGTERM')
    expect((await ended).code).toBe(143)
  })

  it('ends the request, without a word, when the reader of stdout leaves', async () => {
    const server = await faultServer({ answers: [{ paceMs: 20 }] })
    const { child, out, ended } = start([server.url, '-s'])
    await until(() => out.stdout.length > 0, 'an event')
    child.stdout?.destroy()
    const { code, stderr } = await ended
    expect({ code, stderr }).toEqual({ code: 141, stderr: '' })
    await until(() => server.requests[0]?.clientGoneAt !== undefined, 'the server to see the close')
  })

  it('lets a slow reader of stdout slow the server down', async () => {
    let sent = 0
    const block = `data: ${'x'.repeat(64 * 1024)}\n\n`
    const server = createServer((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      const more = (): void => {
        while (!response.destroyed && sent < 1024) {
          sent++
          if (!response.write(block)) {
            response.once('drain', more)
            return
          }
        }
        if (!response.destroyed) response.end('data: [DONE]\n\n')
      }
      more()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const { child, out, ended } = start([`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, '-s'])
    await until(() => out.stdout.length > 0, 'an event')
    child.stdout?.pause()
    // Until nothing has moved for a while: whoever does not hold back sends all 64 MB.
    for (let before = -1; before !== sent; ) {
      before = sent
      await new Promise((resolve) => setTimeout(resolve, 300))
    }
    expect(sent).toBeLessThan(512)
    child.stdout?.resume()
    const { code } = await ended
    expect({ code, sent, bytes: out.stdout.length }).toEqual({
      code: 0,
      sent: 1024,
      bytes: 1024 * block.length,
    })
  })
  it.each([
    ['-d', ['http://127.0.0.1:1/', '-d', '@-']],
    ['-H', ['http://127.0.0.1:1/', '-H', '@-']],
    ['--replay', ['--replay', '-']],
  ])('ends the reading of stdin on Ctrl-C: %s', async (_, args) => {
    const { child, ended } = start(args, null)
    // Read by it: until then a signal finds nobody who listens.
    await new Promise<void>((resolve, reject) => {
      child.stdin?.write(Buffer.alloc(1024 * 1024, 'x: y\n'), (error) => (error ? reject(error) : resolve()))
    })
    child.kill('SIGINT')
    expect(await ended).toEqual({ code: 130, stdout: '', stderr: '' })
  })
})

describe.runIf(existsSync('/dev/full'))('stdout that cannot be written', () => {
  const toFull = (args: readonly string[], input = '') =>
    run(['-c', 'exec "$@" > /dev/full', 'sh', ...args], input, 'sh')

  it('ends with 1, and nothing is called complete', async () => {
    // In one piece: its end is known before the first write has failed.
    const whole = 'data: all\n\ndata: [DONE]\n\n'
    const replay = [...COMMAND, '--replay', '-']
    const { code, stderr } = await toFull(replay, whole)
    expect(code).toBe(1)
    expect(stderr).toMatch(/cannot write to stdout: no space left\n$/)
    expect(stderr).not.toContain('complete')
  })

  it('is of no concern if nothing is written', async () => {
    const { code, stderr } = await toFull([...COMMAND, 'http://127.0.0.1:1/', '--retry', '0', '-s'])
    expect(code).toBe(3)
    expect(stderr).toMatch(/^rx-sse: request_failed\/connection_failed: [^\n[]+\n$/)
  })

  it.each(['--help', '--version', 'demo'])('is reported by %s too', async (arg) => {
    expect(await toFull([...COMMAND, arg])).toMatchObject({
      code: 1,
      stderr: 'rx-sse: cannot write to stdout: no space left\n',
    })
  })
})
