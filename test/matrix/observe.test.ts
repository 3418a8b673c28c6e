import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { observe } from '../../bench/matrix/observe.ts'
import { startFaultServer } from '../../src/testing/index.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'observe-'))
})
afterAll(() => rm(directory, { recursive: true }))

async function observeFake(name: string, options = {}) {
  const server = await startFaultServer({}, options)
  let readies = 0
  try {
    const seen = await observe(`../../test/matrix/fakes/${name}`, server, {
      wholeTexts: ['one two three'],
      directory,
      onReady: () => readies++,
    })
    expect(readies).toBeGreaterThan(0)
    return seen
  } finally {
    await server.close()
  }
}

describe('a client in a process of its own', () => {
  it('is seen to complete, with its text and its requests', async () => {
    expect(await observeFake('finishing')).toEqual({ ending: 'complete', text: 'one two three', requests: 1 })
  })

  it('trusts the server over TLS', async () => {
    expect(await observeFake('finishing', { tls: true })).toMatchObject({ ending: 'complete', requests: 1 })
  })

  it('is seen to fail, with the name, the code and the message of its error', async () => {
    expect(await observeFake('failing')).toEqual({
      ending: 'error',
      text: 'one',
      requests: 0,
      error: { name: 'SyntaxError', code: 'E_CUT', message: 'cut' },
    })
  })

  it('is seen to crash by an error past its caller', async () => {
    expect(await observeFake('crashing')).toMatchObject({
      ending: 'crash',
      text: 'one',
      error: { name: 'RangeError' },
    })
  })

  it('is seen to crash right after it said complete', async () => {
    expect(await observeFake('crashing-late')).toMatchObject({
      ending: 'crash',
      error: { name: 'TypeError' },
    })
  })

  it('is seen to end its process', async () => {
    expect(await observeFake('exiting')).toMatchObject({ ending: 'crash', error: { name: 'exit 3' } })
  })

  it('is stopped once it delivers text again', async () => {
    expect(await observeFake('repeating')).toMatchObject({ ending: 'busy', text: 'one twoone two' })
  })
})
