import { readUIMessageStream, type UIMessage, type UIMessageChunk } from 'ai'
import { describe, expect, it } from 'vitest'
import { type AiSdkUiChunk, type AiSdkUiMessage, aiSdkUi, type Message } from '../../src/index.ts'
import { fixtures } from '../../test/fixtures/fixture.ts'

/** What the AI SDK makes of the same chunks, in the end. It refuses those that fit nothing. */
async function messageOfSdk(chunks: readonly UIMessageChunk[]): Promise<UIMessage | undefined> {
  const stream = new ReadableStream<UIMessageChunk>({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk)
      controller.close()
    },
  })
  let last: UIMessage | undefined
  for await (const message of readUIMessageStream({ stream })) last = message
  return last
}

/** It guesses at inputs that are not whole. */
const withoutGuess = (message: UIMessage | AiSdkUiMessage | undefined): unknown => ({
  ...message,
  parts: message?.parts.map((part: object) =>
    'state' in part && part.state === 'input-streaming' ? { ...part, input: undefined } : part,
  ),
})

const ODD = ['ai-sdk-ui/other-shapes', 'ai-sdk-ui/not-errors']
const told = fixtures.filter(
  ({ dialectName, name, values }) => dialectName === 'ai-sdk-ui' && values.length > 0 && !ODD.includes(name),
)

const dialect = aiSdkUi()
const messageOf = (values: readonly unknown[]): AiSdkUiMessage | undefined => {
  let message: Message<AiSdkUiMessage> | undefined
  for (const value of values) message = dialect.accumulate(message, value as AiSdkUiChunk)
  return message?.snapshot
}

/** Those that write nothing, the SDK does not tell of. */
const SILENT = ['start-step', 'finish-step', 'finish']
const toldCount = (values: readonly unknown[]) =>
  values.findLastIndex((value) => !SILENT.includes((value as { type: string }).type)) + 1

/** After each of the chunks. */
async function expectSame(values: readonly unknown[]): Promise<void> {
  expect.hasAssertions()
  for (let count = 1; count <= values.length; count++) {
    const some = values.slice(0, toldCount(values.slice(0, count)))
    const theirs = await messageOfSdk(some as UIMessageChunk[])
    if (theirs !== undefined) expect(withoutGuess(messageOf(some))).toEqual(withoutGuess(theirs))
  }
}

describe('the UIMessage of the AI SDK', () => {
  it.each(told.map(({ name, values }) => [name, values] as const))(
    'is ours as well, of %s',
    async (_, values) => {
      for (let count = 1; count <= values.length; count++) {
        const some = values.slice(0, toldCount(values.slice(0, count)))
        const theirs = await messageOfSdk(some as UIMessageChunk[])
        if (theirs !== undefined) expect(withoutGuess(messageOf(some))).toEqual(withoutGuess(theirs))
      }
    },
  )

  it.each([
    [
      'approvals',
      [
        { type: 'start', messageId: 'm', messageMetadata: { a: { b: 1 } } },
        { type: 'start-step' },
        { type: 'tool-input-start', toolCallId: 'c', toolName: 't', dynamic: true, title: 'T' },
        { type: 'tool-input-available', toolCallId: 'c', toolName: 't', input: { x: 1 }, dynamic: true },
        { type: 'tool-approval-request', approvalId: 'p', toolCallId: 'c', reason: 'why' },
        { type: 'tool-approval-response', approvalId: 'p', approved: false, reason: 'no' },
        { type: 'tool-output-denied', toolCallId: 'c' },
        { type: 'message-metadata', messageMetadata: { a: { c: 2 } } },
      ],
    ],
    [
      'results, sources and data',
      [
        { type: 'start' },
        { type: 'start-step' },
        {
          type: 'tool-input-start',
          toolCallId: 'c',
          toolName: 't',
          providerExecuted: true,
          inputEncoding: 'text',
        },
        { type: 'tool-input-delta', toolCallId: 'c', inputTextDelta: 'abc' },
        {
          type: 'tool-input-available',
          toolCallId: 'c',
          toolName: 't',
          input: 'abc',
          providerMetadata: { p: {} },
        },
        { type: 'tool-output-available', toolCallId: 'c', output: 1, preliminary: true },
        { type: 'tool-output-available', toolCallId: 'c', output: 2, providerMetadata: { p: { r: 1 } } },
        { type: 'source-url', sourceId: 's', url: 'https://a.example', title: 'A' },
        { type: 'file', url: 'data:,', mediaType: 'text/plain' },
        { type: 'data-note', id: '1', data: 1 },
        { type: 'data-note', id: '1', data: 2 },
        { type: 'data-note', data: 3, transient: true },
        { type: 'start-step' },
        { type: 'tool-input-error', toolCallId: 'd', toolName: 't', input: '{', errorText: 'no' },
        { type: 'text-start', id: 'a' },
        { type: 'text-start', id: 'b' },
        { type: 'text-delta', id: 'a', delta: '1' },
        { type: 'text-delta', id: 'b', delta: '2', providerMetadata: { p: { t: 1 } } },
        { type: 'text-end', id: 'a', citations: [] },
        { type: 'reset-step' },
        { type: 'text-start', id: 'a' },
      ],
    ],
  ])('is ours as well, of %s', async (_, values) => {
    await expectSame(values)
  })
})
