import { describe, expect, it } from 'vitest'
import type { StreamRequestChange } from '../../src/index.ts'
import { own } from './strategies.ts'
import { VirtualStream } from './virtual.ts'
import { DONE, numbered } from './wire-text.ts'

/** The headers of the request that a stream goes on with. */
const headersOf = (request: StreamRequestChange): ReadonlyMap<string, string> | undefined =>
  new VirtualStream([{ text: numbered(1) }, { text: numbered(2) + DONE }], {
    headers: { Host: 'virtual.internal', authorization: 'secret', 'x-trace': '1' },
    ...own(() => ({ type: 'continue', request })),
  }).run().requests[1]?.headers

describe('the Host header of the config', () => {
  it('is not sent to another origin, where it would name the wrong one', () => {
    const headers = headersOf({ url: 'http://other.test/' })
    expect(headers?.get('host')).toBeUndefined()
    expect(headers?.get('authorization')).toBeUndefined()
    expect(headers?.get('x-trace')).toBe('1')
  })

  it('is sent to its own origin, whatever the path', () => {
    expect(headersOf({ url: '/rest' })?.get('host')).toBe('virtual.internal')
  })

  it('may be given by the change itself', () => {
    expect(headersOf({ url: 'http://other.test/', headers: { host: 'other.internal' } })?.get('host')).toBe(
      'other.internal',
    )
  })
})
