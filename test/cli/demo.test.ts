import { describe, expect, it } from 'vitest'
import { ACTS } from '../../src/cli/demo-acts.ts'
import { until } from '../server.ts'
import { run, start } from './command.ts'

describe('rx-sse demo', () => {
  it('shows every act, finds the resumed text identical, and ends', async () => {
    const { code, stdout, stderr } = await run(['demo'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    for (const { name } of ACTS) expect(stdout).toContain(name)
    expect(stdout).toContain('request number 2, Last-Event-ID: 15')
    expect(stdout).toContain('request number 2, from the start')
    expect(stdout.match(/complete, the text identical to the uninterrupted one/g)).toHaveLength(4)
    expect(stdout).not.toContain('NOT AS IT SHOULD BE')
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/)
    const seconds = Number(/^ (\d+\.\d+) s$/m.exec(stdout)?.[1])
    expect(seconds).toBeLessThan(30)
  })

  it('ends at once on Ctrl-C', async () => {
    const { child, out, ended } = start(['demo'])
    await until(() => out.stdout.includes('text'), 'the first text')
    child.kill('SIGINT')
    const { code, stdout } = await ended
    expect(code).toBe(130)
    expect(stdout).not.toContain(ACTS[1]?.name)
  })
})
