import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Agent, MockAgent, ProxyAgent } from 'undici'
import { describe, expect, expectTypeOf, it } from 'vitest'
import * as node from '../../src/index.ts'
import * as web from '../../src/web.ts'

const src = resolve(import.meta.dirname, '../../src')

/** The names that a face exports of itself, types included. */
function ownNames(face: string): string[] {
  const code = readFileSync(resolve(src, face), 'utf8')
  const lists = [...code.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list = '']) =>
    list.split(','),
  )
  const listed = lists.map((name) => name.replace(/^\s*type\s|^.*\sas\s/, '').trim()).filter(Boolean)
  const declared = [...code.matchAll(/^export (?:const|function|class|interface|type) (\w+)/gm)]
  return [...listed, ...declared.map(([, name = '']) => name)].sort()
}

describe('the two faces', () => {
  it('export the same values', () => {
    expect(Object.keys(web)).toEqual(Object.keys(node))
    expect(Object.keys(web)).toContain('fromEventStream')
    const kinds = (face: object): string[] => Object.values(face).map((value) => typeof value)
    expect(kinds(web)).toEqual(kinds(node))
  })

  it('export the same types: all that they have not in common are the same names', () => {
    expect(readdirSync(src)).toContain('names.ts')
    for (const face of ['index.ts', 'web.ts']) {
      const all = [...readFileSync(resolve(src, face), 'utf8').matchAll(/^export \*.*/gm)].map(
        ([line]) => line,
      )
      expect(all, face).toEqual([`export * from './names.ts'`])
    }
    expect(ownNames('web.ts')).toEqual(ownNames('index.ts'))
    expect(ownNames('web.ts')).toEqual([
      'eventStreamSignals',
      'fromEventStream',
      'toAsyncIterable',
      'undiciTransport',
    ])
    expectTypeOf<typeof web>().toEqualTypeOf<typeof node>()
  })
})

describe('undici', () => {
  it('has no place in the web face, which says what to do instead', () => {
    expect(() => web.undiciTransport()).toThrow(TypeError)
    expect(() => web.undiciTransport()).toThrow(/^undiciTransport\(\): undici needs Node.*fetchTransport\(\)/)
  })

  it('has none as a dispatcher of it either, and that is said at the call', () => {
    const dispatcher = new Agent()
    const url = 'http://example.test/'
    for (const from of [web.fromEventStream, web.eventStreamSignals, web.toAsyncIterable]) {
      expect(() => from(url, { dispatcher })).toThrow(TypeError)
      expect(() => from(url, { dispatcher })).toThrow(/^dispatcher: undici needs Node.*Leave it out/)
    }
  })

  it('has dispatchers that the Node face takes as they are', () => {
    const url = 'http://example.test/'
    const dispatchers = [new Agent(), new ProxyAgent('http://proxy.example.test/'), new MockAgent()]
    for (const dispatcher of dispatchers) {
      expect(() => node.fromEventStream(url, { dispatcher })).not.toThrow()
      expect(node.undiciTransport(dispatcher).name).toBe('undici')
    }
    expectTypeOf<Agent | ProxyAgent | MockAgent>().toExtend<node.UndiciDispatcher>()
    // @ts-expect-error: a URL is no dispatcher
    node.undiciTransport(new URL('http://proxy.example.test/'))
  })
})
