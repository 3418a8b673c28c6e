import { describe, expect, it } from 'vitest'
import {
  continueWith,
  type Dialect,
  fromCursor,
  fromEventStream,
  openaiChat,
  type ResumeStrategy,
  rawEvents,
  replay,
  type ServerSentEvent,
} from '../../src/index.ts'

const url = 'http://127.0.0.1:9/'
const withConfig = (config: object) => () => fromEventStream(url, config as never)
const own = (more: object) =>
  withConfig({ resume: { name: 'own', resume: () => undefined, ...more } as ResumeStrategy })

describe('a wrong value says what there should be', () => {
  it.each<[string, () => unknown, RegExp]>([
    ['a list of strategies', withConfig({ resume: [fromCursor()] }), /not an array\. .*firstOf\(…\)\.$/],
    ['a strategy not called', withConfig({ resume: replay }), /not the function replay\. Call it\.$/],
    ['a number for resume', withConfig({ resume: 5 }), /^resume must be "auto", "never", .*, not 5\.$/],
    [
      'a number for lastEventId',
      withConfig({ lastEventId: 5 }),
      /^lastEventId must be text, or undefined to begin at the beginning, not 5\.$/,
    ],
    ['null for lastEventId', withConfig({ lastEventId: null }), /lastEventId must be text, .* not null\.$/],
    [
      'a delay of text',
      withConfig({ retry: { delay: '5s' } }),
      /^retry\.delay must be a number of milliseconds, or a function .*, not "5s"\.$/,
    ],
    ['a delay that is a promise', withConfig({ retry: { delay: {} } }), /retry\.delay .*, not an object\.$/],
    [
      'an unknown option of openaiChat',
      () => openaiChat({ endmarker: '[DONE]' } as never),
      /^openaiChat: unknown option "endmarker"; there are endMarker\.$/,
    ],
    [
      'text for openaiChat',
      () => openaiChat('[DONE]' as never),
      /^openaiChat: options must be an object, not "/,
    ],
    ['a strategy without a name', own({ name: '' }), /the strategy must have a name, not ""\.$/],
    ['a strategy with a number for a name', own({ name: 5 }), /the strategy must have a name, not 5\.$/],
    ['a strategy that keeps text', own({ keeps: '9' }), /keeps of the strategy "own" must be a number/],
    ['a strategy that keeps less than nothing', own({ keeps: -1 }), /keeps of the strategy "own"/],
    [
      'a strategy that resets by text',
      own({ resets: 'yes' }),
      /resets of the strategy "own" .* not "yes"\.$/,
    ],
    ['a strategy that needs a text', own({ needsText: 1 }), /needsText of the strategy "own" .* not 1\.$/],
  ])('%s', (_, call, words) => {
    expect(call).toThrow(TypeError)
    expect(call).toThrow(words)
  })

  it('but a strategy may keep nothing, and say so', () => {
    expect(own({ keeps: 0, resets: false, needsText: false })).not.toThrow()
    expect(own({ keeps: undefined, resets: undefined })).not.toThrow()
  })

  it('and nothing of a wrong object, which may hold a secret', () => {
    const secret = { toString: () => 'secret', toJSON: () => 'secret', secret: 'secret' }
    for (const config of [
      { resume: secret },
      { resume: [secret] },
      { lastEventId: secret },
      { retry: { delay: secret } },
    ])
      expect(withConfig(config)).toThrow(/^(?!.*secret)/)
    expect(() => continueWith(() => undefined, { times: secret as never })).toThrow(/not an object\.$/)
  })
})

describe('a member of a dialect of the wrong type', () => {
  const dialect = (member: object) => withConfig({ dialect: { ...rawEvents(), ...member } })
  const methods: readonly (keyof Dialect<ServerSentEvent>)[] = [
    'memory',
    'readField',
    'isContent',
    'idOf',
    'resume',
    'text',
    'withText',
    'isSame',
    'isWhole',
  ]

  it.each(methods)('is refused at the call: %s', (name) => {
    for (const wrong of ['x', {}, null, 5, true])
      expect(dialect({ [name]: wrong })).toThrow(new RegExp(`^dialect: ${name} must be a method, not `))
    expect(dialect({ [name]: undefined })).not.toThrow()
  })

  it.each(['endless', 'polls'])('is refused at the call: %s', (name) => {
    for (const wrong of ['yes', {}, null, 1, () => true])
      expect(dialect({ [name]: wrong })).toThrow(new RegExp(`^dialect: ${name} must be a boolean, not `))
    expect(dialect({ [name]: undefined })).not.toThrow()
    expect(dialect({ [name]: true })).not.toThrow()
  })

  it('is no unknown one: a dialect may have members of its own', () => {
    expect(dialect({ mine: 'x' })).not.toThrow()
  })
})
