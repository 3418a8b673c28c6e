import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest'
import { openaiChat, type ValueOf } from '../../src/index.ts'
import type { Fixture } from '../../test/fixtures/fixture.ts'
import { asJson, ours, serveFixtures, wholeFixtures } from './serve.ts'

/** Whole streams, read with the default options. */
const whole = new Map(wholeFixtures('openai-chat').filter(([, { options }]) => options === undefined))
const names = [...whole.keys()]

/** Streams that `create({ stream: true })` fails on, though they are whole, and what it says. */
const CREATE_THROWS: Readonly<Record<string, RegExp>> = {
  // It parses an empty `data:`.
  'comments-and-empty-data': /malformed server-sent event JSON/,
  // A choice that is null.
  'other-shapes': /reading 'finish_reason'/,
}

/** Streams that `stream()` fails on, though they are whole, and what it says. */
const STREAM_THROWS: Readonly<Record<string, RegExp>> = {
  ...CREATE_THROWS,
  // Values that are no chunks.
  'other-shapes': /destructure property 'choices'/,
  'named-events': /not iterable/,
  // No delta with a `role`: ours is then "assistant".
  'finish-length': /missing role/,
  'mistral-tool-call-fragments': /missing role/,
  'whole-portkey': /missing finish_reason/,
  // Tool calls without `index`.
  'mistral-tool-call': /invalid tool call index/,
  'gemini-tool-calls': /invalid tool call index/,
  // It leaves a hole where no call has the index, and falls into it.
  'tool-call-index-one': /reading 'id'/,
}

/** Streams of which `stream()` makes something else. */
const STREAM_DIFFERS: Readonly<Record<string, string>> = {
  'deepseek-tool-call': 'of reasoning_content, a field that it does not know, it keeps the last piece',
  'openrouter-whole': 'the same of reasoning and of reasoning_details',
  'mistral-thinking': 'it writes a list of parts as "[object Object]"',
  'gemini-index-zero': 'it joins the calls that have the same index, to arguments that are no JSON',
}

let server: Awaited<ReturnType<typeof serveFixtures>>

beforeAll(async () => {
  server = await serveFixtures()
})

afterAll(() => server.close())

const baseURL = (name: string): string => `${server.origin}/openai-chat/${name}`

const completions = (name: string) =>
  new OpenAI({ apiKey: 'sk-test', baseURL: baseURL(name), maxRetries: 0, logLevel: 'off' }).chat.completions

const request = { model: 'm', messages: [{ role: 'user' as const, content: 'Hi' }] }

async function chunksOf(name: string): Promise<unknown[]> {
  const chunks: unknown[] = []
  for await (const chunk of await completions(name).create({ ...request, stream: true })) chunks.push(chunk)
  return chunks
}

/** The SDK gives every choice a `finish_reason`, null where the server sent none. Nothing else in a chunk is its own. */
function withFinishes(chunk: unknown): unknown {
  const { choices } = chunk as { choices?: unknown }
  if (!Array.isArray(choices)) return chunk
  return {
    ...(chunk as object),
    choices: choices.map((choice) => ({ ...choice, finish_reason: choice.finish_reason ?? null })),
  }
}

/** Without the one thing that the SDK adds to a completion for itself: `parsed`, of its own structured outputs. */
async function completionOf(name: string): Promise<unknown> {
  const completion = await completions(name).stream(request).finalChatCompletion()
  return asJson({
    ...completion,
    choices: completion.choices.map(({ message: { parsed: _, ...message }, ...choice }) => ({
      ...choice,
      message,
    })),
  })
}

const read = (name: string) => ours(baseURL(name), whole.get(name) as Fixture)
const snapshotOf = async (name: string) => asJson((await read(name)).message.snapshot)

describe('the chunks', () => {
  it('can have the type of the official SDK', () => {
    const dialect = openaiChat<OpenAI.ChatCompletionChunk>()
    expectTypeOf<ValueOf<typeof dialect>>().toEqualTypeOf<OpenAI.ChatCompletionChunk>()
    expect(dialect.text({ choices: [] } as unknown as OpenAI.ChatCompletionChunk)).toBe('')
  })

  it.each(names.filter((name) => !(name in CREATE_THROWS)))(
    'of %s are those of the official SDK',
    async (name) => {
      const { values } = await read(name)
      expect(await chunksOf(name)).toEqual(values.map(withFinishes))
      expect(values.length).toBeGreaterThan(0)
    },
  )

  it.each(Object.entries(CREATE_THROWS))('of %s are ours alone', async (name, message) => {
    await expect(chunksOf(name)).rejects.toThrow(message)
    expect((await read(name)).values.length).toBeGreaterThan(0)
  })
})

describe('the snapshot', () => {
  const agreed = names.filter((name) => !(name in STREAM_THROWS) && !(name in STREAM_DIFFERS))

  it.each(agreed)('of %s is the final completion of the official SDK', async (name) => {
    expect(await snapshotOf(name)).toEqual(await completionOf(name))
  })

  it.each(Object.entries(STREAM_THROWS))('of %s is ours alone', async (name, message) => {
    await expect(completionOf(name)).rejects.toThrow(message)
    expect(await snapshotOf(name)).toMatchObject({ object: 'chat.completion' })
  })

  it.each(Object.entries(STREAM_DIFFERS))('of %s is another: %s', async (name) => {
    expect(await snapshotOf(name)).not.toEqual(await completionOf(name))
  })

  it('is compared for most streams, and for every name listed', () => {
    expect(agreed.length).toBeGreaterThan(names.length / 2)
    expect(names).toEqual(
      expect.arrayContaining([...Object.keys(STREAM_THROWS), ...Object.keys(STREAM_DIFFERS)]),
    )
  })
})
