import Anthropic from '@anthropic-ai/sdk'
import type { Observable } from 'rxjs'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { anthropicMessages, fromEventStream } from '../../src/index.ts'
import { drain, ours, serveFixtures, wholeFixtures } from './serve.ts'

/** What the SDK's raw stream does not give as it came, and why. */
const NOT_RAW: Readonly<Record<string, string>> = {
  'bytes-after-the-marker': 'reads on behind the end',
  'leftover-message-stop': 'drops an end without its blank line',
  'ping-by-data': 'drops what has no event line',
}

/** What the SDK's helper stream does not put together as we do, and why. */
const NOT_JOINED: Readonly<Record<string, string>> = {
  ...NOT_RAW,
  'odd-shapes': 'fails',
  'tool-call-max-tokens': 'completes the arguments that were cut: ours stay as they began',
}

/** The fields that the SDK adds for itself. */
const OWN: ReadonlySet<string> = new Set(['parsed_output'])

const withoutOwn = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, part) => (OWN.has(key) ? undefined : part)))

let served: Awaited<ReturnType<typeof serveFixtures>>
const client = (name: string) =>
  new Anthropic({
    apiKey: 'k',
    baseURL: `${served.origin}/anthropic-messages/${name}`,
    maxRetries: 0,
    logLevel: 'off',
  })
const request = { model: 'm', max_tokens: 1_024, messages: [{ role: 'user' as const, content: 'Hi' }] }

/** The message of the helper stream that knows the fixture's blocks. */
const joinedBy = (name: string): Promise<unknown> =>
  name.startsWith('beta-')
    ? client(name).beta.messages.stream(request).finalMessage()
    : client(name).messages.stream(request).finalMessage()

beforeAll(async () => {
  served = await serveFixtures()
})
afterAll(() => served.close())

describe.each(wholeFixtures('anthropic-messages'))('@anthropic-ai/sdk reads %s', (name, fixture) => {
  const url = () => `${served.origin}/anthropic-messages/${name}/v1/messages`

  it(`${name in NOT_RAW ? `not as it came: it ${NOT_RAW[name]}` : 'as the same events, without its pings too'}`, async () => {
    const { values } = await ours(url(), fixture)
    expect(values).toEqual(fixture.values)
    const { values: theirs, error } = await drain(client(name).messages.create({ ...request, stream: true }))
    if (name in NOT_RAW) {
      expect({ theirs, error }).not.toEqual({ theirs: values, error: undefined })
    } else {
      expect(error).toBeUndefined()
      expect(theirs).toEqual(values)
    }
  })

  it(`${name in NOT_JOINED ? `but joins them otherwise: it ${NOT_JOINED[name]}` : 'and joins them to the same message'}`, async () => {
    const { message } = await ours(url(), fixture)
    const theirs = await joinedBy(name).catch((error: unknown) => error)
    if (name in NOT_JOINED) {
      expect(withoutOwn(theirs)).not.toEqual(withoutOwn(message.snapshot))
    } else {
      expect(withoutOwn(theirs)).toEqual(withoutOwn(message.snapshot))
    }
  })
})

describe('the exceptions', () => {
  it('are names of fixtures', () => {
    const names = wholeFixtures('anthropic-messages').map(([name]) => name)
    expect(names).toEqual(expect.arrayContaining([...Object.keys(NOT_RAW), ...Object.keys(NOT_JOINED)]))
  })
})

describe('the type of an event', () => {
  it('may be the SDK’s own', () => {
    const stream = fromEventStream('http://127.0.0.1:9/', {
      dialect: anthropicMessages<Anthropic.RawMessageStreamEvent>(),
    })
    expectTypeOf(stream).toEqualTypeOf<Observable<Anthropic.RawMessageStreamEvent>>()
    expect(stream).toBeDefined()
  })
})
