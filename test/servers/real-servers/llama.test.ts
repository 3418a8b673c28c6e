import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type ChatCompletionChunk,
  fromEventStream,
  isSseError,
  openaiChat,
  toAsyncIterable,
} from '../../../src/index.ts'
import { collect } from '../../collect.ts'
import { until } from '../../server.ts'
import { needs } from '../installed.ts'
import { type Child, start } from './child.ts'
import { cutter } from './cutter.ts'

const here = needs({ packages: ['node-llama-cpp', '@node-llama-cpp/linux-x64'] })

const request = (max_tokens: number, seed: number) => ({
  model: 'nonsense',
  messages: [{ role: 'user', content: 'tell me of the stream' }],
  max_tokens,
  seed,
})
const streamed = (max_tokens: number, seed: number) => ({
  ...request(max_tokens, seed),
  stream: true,
  stream_options: { include_usage: true },
})
const textOf = (chunks: readonly ChatCompletionChunk[]): string =>
  chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')

interface Generation {
  readonly pieces: number
  readonly end: 'running' | 'length' | 'client gone'
}

describe.runIf(here)('a llama.cpp model with random weights', () => {
  let folder: string
  let server: Child

  /** A model that takes a while for each token lives long enough to be killed in the middle. */
  const startModel = (pace = 0): Promise<Child> =>
    start({
      command: process.execPath,
      args: [`${import.meta.dirname}/../origins/llama.mjs`, folder, String(pace)],
      ready: /listening on (\d+)/,
    })

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'rx-sse-llama-'))
    server = await startModel()
  })
  afterAll(async () => {
    await server?.end()
    rmSync(folder, { recursive: true, force: true })
  })

  /** What the model says when it is not asked for a stream. */
  async function wholeText(of: Child, max_tokens: number, seed: number): Promise<string> {
    const response = await fetch(`${of.url}/v1/chat/completions`, {
      method: 'POST',
      body: JSON.stringify(request(max_tokens, seed)),
    })
    const { choices } = (await response.json()) as { choices: { message: { content: string } }[] }
    return choices[0]?.message.content as string
  }

  it('streams a whole answer: the text that it gives without a stream, to the letter', async () => {
    const expected = await wholeText(server, 300, 7)
    const { values, completed } = await collect(
      fromEventStream(`${server.url}/v1/chat/completions`, { body: streamed(300, 7), dialect: openaiChat() }),
    )
    expect(completed).toBe(true)
    expect(textOf(values)).toBe(expected)
    expect(values.at(-2)?.choices[0]?.finish_reason).toBe('length')
    expect(values.at(-1)?.usage?.completion_tokens).toBe(300)
  })

  it('is pulled, with the same text', async () => {
    const chunks: ChatCompletionChunk[] = []
    for await (const chunk of toAsyncIterable(`${server.url}/v1/chat/completions`, {
      body: streamed(200, 8),
      dialect: openaiChat(),
    })) {
      chunks.push(chunk)
    }
    expect(textOf(chunks)).toBe(await wholeText(server, 200, 8))
  })

  it('sends bytes that are no UTF-8: they become U+FFFD, and the answer still ends', async () => {
    const relay = await cutter(server.port, [])
    const { values, completed } = await collect(
      fromEventStream(`${relay.url}/v1/chat/completions`, { body: streamed(200, 9), dialect: openaiChat() }),
    )
    const wire = Buffer.from(relay.responses[0] as string, 'latin1')
    expect(() => new TextDecoder('utf-8', { fatal: true }).decode(wire)).toThrow(TypeError)
    expect(completed).toBe(true)
    const text = textOf(values)
    expect(text).toContain('\ufffd')
    expect(text).toBe(await wholeText(server, 200, 9))
  })

  it('stops to generate when it is unsubscribed', async () => {
    const slow = await startModel(2)
    try {
      const chunks: ChatCompletionChunk[] = []
      const subscription = fromEventStream(`${slow.url}/v1/chat/completions`, {
        body: streamed(4_000, 1),
        dialect: openaiChat(),
      }).subscribe((chunk) => chunks.push(chunk))
      await until(() => chunks.length >= 10, 'ten chunks')
      subscription.unsubscribe()
      let generations: Generation[] = []
      const poll = setInterval(async () => {
        generations = (await (await fetch(`${slow.url}/generations`)).json()) as Generation[]
      }, 10)
      await until(() => generations[0]?.end !== undefined && generations[0].end !== 'running', 'its end')
      clearInterval(poll)
      expect(generations[0]?.end).toBe('client gone')
      expect(generations[0]?.pieces).toBeLessThan(4_000)
    } finally {
      await slow.end()
    }
  })

  it('is killed in mid-generation: stream_terminated, the partial text stands, and a new process answers again', async () => {
    const slow = await startModel(2)
    const expected = await wholeText(server, 400, 5)
    const chunks: ChatCompletionChunk[] = []
    const error = await new Promise<unknown>((resolve, reject) => {
      fromEventStream(`${slow.url}/v1/chat/completions`, {
        body: streamed(4_000, 5),
        dialect: openaiChat(),
        retry: { delay: 1 },
      }).subscribe({
        next(chunk) {
          chunks.push(chunk)
          if (chunks.length === 50) slow.end('SIGKILL')
        },
        complete: () => reject(new Error('it completed')),
        error: resolve,
      })
    })
    expect(isSseError(error)).toBe(true)
    expect(error).toMatchObject({
      kind: 'stream_terminated',
      code: 'stream_terminated',
      reason: expect.stringMatching(/^socket_(?:closed|reset)$/),
      status: 200,
      attempt: 1,
      events: chunks.length,
      retryable: true,
      resumable: false,
    })
    const partial = textOf(chunks)
    expect(chunks.length).toBeGreaterThanOrEqual(50)
    expect(partial.length).toBeGreaterThanOrEqual(49)
    expect(expected.slice(0, partial.length)).toBe(partial)

    const again = await startModel()
    try {
      const { values, completed } = await collect(
        fromEventStream(`${again.url}/v1/chat/completions`, {
          body: streamed(400, 5),
          dialect: openaiChat(),
        }),
      )
      expect(completed).toBe(true)
      expect(textOf(values)).toBe(expected)
    } finally {
      await again.end()
    }
  })
})
