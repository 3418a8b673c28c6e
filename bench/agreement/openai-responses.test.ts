import OpenAI from 'openai'
import type { Observable } from 'rxjs'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { fromEventStream, openaiResponses } from '../../src/index.ts'
import { drain, ours, serveFixtures, wholeFixtures } from './serve.ts'

/** What the SDK's raw stream does not give as it came, and why. */
const NOT_RAW: Readonly<Record<string, string>> = {
  'not-errors': 'takes any top-level `error` for an error of the stream, also that of a tool',
}

/** What the SDK's helper stream cannot put together, and why. */
const NOT_JOINED: Readonly<Record<string, string>> = {
  'not-errors': 'as above, and refuses events that it does not know',
  'odd-shapes': 'refuses events that it does not know',
  'whole-other-ids': 'wants one ID for an item',
  'whole-unnumbered': 'wants every part to be announced',
  'whole-vllm': 'refuses events that it does not know: response.reasoning_part.added',
}

/** The fields that the SDK adds for itself. */
const OWN: ReadonlySet<string> = new Set(['output_text', 'output_parsed', 'parsed', 'parsed_arguments'])

const withoutOwn = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, part) => (OWN.has(key) ? undefined : part)))

let served: Awaited<ReturnType<typeof serveFixtures>>
const client = (name: string) =>
  new OpenAI({
    apiKey: 'k',
    baseURL: `${served.origin}/openai-responses/${name}`,
    maxRetries: 0,
    logLevel: 'off',
  })
const request = { model: 'm', input: 'Hi' }

beforeAll(async () => {
  served = await serveFixtures()
})
afterAll(() => served.close())

describe.each(wholeFixtures('openai-responses'))('openai reads %s', (name, fixture) => {
  const url = () => `${served.origin}/openai-responses/${name}/responses`

  it(`${name in NOT_RAW ? `not as it came: it ${NOT_RAW[name]}` : 'as the same events'}`, async () => {
    const { values } = await ours(url(), fixture)
    expect(values).toEqual(fixture.values)
    const { values: theirs, error } = await drain(client(name).responses.create({ ...request, stream: true }))
    if (name in NOT_RAW) {
      expect(error).toBeInstanceOf(Error)
    } else {
      expect(error).toBeUndefined()
      expect(theirs).toEqual(values)
    }
  })

  it(`${name in NOT_JOINED ? `but cannot join them: it ${NOT_JOINED[name]}` : 'and joins them to the same response'}`, async () => {
    const { message } = await ours(url(), fixture)
    const joined = client(name).responses.stream(request).finalResponse()
    if (name in NOT_JOINED) {
      await expect(joined).rejects.toThrow()
    } else {
      const response = await joined
      expect(withoutOwn(response)).toEqual(withoutOwn(message.snapshot))
      expect(message.text).toBe(response.output_text)
    }
  })
})

describe('the exceptions', () => {
  it('are names of fixtures', () => {
    const names = wholeFixtures('openai-responses').map(([name]) => name)
    expect(names).toEqual(expect.arrayContaining([...Object.keys(NOT_RAW), ...Object.keys(NOT_JOINED)]))
  })
})

describe('the type of an event', () => {
  it('may be the SDK’s own', () => {
    const stream = fromEventStream('http://127.0.0.1:9/', {
      dialect: openaiResponses<OpenAI.Responses.ResponseStreamEvent>(),
    })
    expectTypeOf(stream).toEqualTypeOf<Observable<OpenAI.Responses.ResponseStreamEvent>>()
    expect(stream).toBeDefined()
  })
})
