/** A program, and what it is called in `budget.json` and in the table. */
export interface Case {
  readonly id: string
  readonly title: string
  readonly program: string
}

/** rx-sse, from nothing of it to all of it. */
export const OWN: readonly Case[] = [
  { id: 'nothing', title: '`import "rx-sse"` alone', program: `import 'rx-sse'` },
  { id: 'guard', title: '`isSseError`', program: `export { isSseError } from 'rx-sse'` },
  {
    id: 'raw',
    title: '`fromEventStream`, raw events',
    program: `export { fromEventStream, rawEvents } from 'rx-sse'`,
  },
  {
    id: 'chat',
    title: '`fromEventStream`, `openaiChat`',
    program: `export { fromEventStream, openaiChat } from 'rx-sse'`,
  },
  {
    id: 'view',
    title: '`eventStreamSignals`, `openaiChat`, `viewState`',
    program: `export { eventStreamSignals, openaiChat, viewState } from 'rx-sse'`,
  },
  { id: 'all', title: 'everything, all dialects', program: `export * from 'rx-sse'` },
  {
    id: 'relay',
    title: '`eventStreamResponse` of `rx-sse/relay`',
    program: `export { eventStreamResponse } from 'rx-sse/relay'`,
  },
]

interface Words {
  readonly does: string
  readonly doesNot: string
}

/** Which of them stand beside the other clients. */
export const OWN_WORDS: Readonly<Record<string, Words>> = {
  raw: {
    does: 'any method, headers and body; one typed error for every ending that is not the server’s own; retries, resumption that is checked, deadlines',
    doesNot: 'needs RxJS; runs nowhere that ES2023 does not; is not small',
  },
  chat: {
    does: 'the same, and knows when a completion is whole; its text and tool calls',
    doesNot: 'as above',
  },
  view: {
    does: 'the same, and the state of an answer for a UI: stop, retry now, continue',
    doesNot: 'as above',
  },
}

export interface Peer extends Words {
  readonly title: string
  /** For its version; none: it is part of the platform. */
  readonly package?: string
  readonly program: string
}

export const PEERS: readonly Peer[] = [
  {
    title: '`EventSource`, the browser’s own',
    program: '',
    does: 'reads feeds: reconnects for ever, with `Last-Event-ID`',
    doesNot:
      'sends no method but GET, no header and no body; an `error` event tells neither status nor reason; knows no end of an answer',
  },
  {
    title: '`fetch` and `EventSourceParserStream`',
    package: 'eventsource-parser',
    program: `export { EventSourceParserStream } from 'eventsource-parser/stream'`,
    does: 'makes events of bytes; `rx-sse` is built on its parser',
    doesNot:
      'the status, the end, errors inside the stream, retries, resumption and silence are the application’s',
  },
  {
    title: '`fetchEventSource`',
    package: '@microsoft/fetch-event-source',
    program: `export { fetchEventSource } from '@microsoft/fetch-event-source'`,
    does: 'any method, headers and body; asks again as its callbacks say, with `Last-Event-ID`; a hidden page ends the request and sends it again later, unless told not to',
    doesNot: 'knows no end of an answer, no error inside it, no silence; compares nothing after a resumption',
  },
  {
    title: '`createEventSource`',
    package: 'eventsource-client',
    program: `export { createEventSource } from 'eventsource-client'`,
    does: 'any method, headers and body; callbacks or `for await`; reconnects, with `Last-Event-ID`',
    doesNot: 'knows no end of an answer, no error inside it, no silence',
  },
  {
    title: '`EventSource` of `eventsource`',
    package: 'eventsource',
    program: `export { EventSource } from 'eventsource'`,
    does: 'the browser’s interface over a `fetch` that can be replaced, so with headers',
    doesNot: 'knows no end of an answer; reconnects for ever, as the standard has it',
  },
  {
    title: '`new OpenAI()`, a streamed chat completion',
    package: 'openai',
    program: `import OpenAI from 'openai'
export const stream = (options, body) =>
  new OpenAI(options).chat.completions.create({ ...body, stream: true })`,
    does: 'the whole API, typed, of which this is one call, and the client brings all of it; errors inside the stream; two retries before it begins',
    doesNot: 'resumes nothing; does not see that `[DONE]` is missing, nor that the stream is silent',
  },
  {
    title: '`AbstractChat`, `DefaultChatTransport`',
    package: 'ai',
    program: `export { AbstractChat, DefaultChatTransport } from 'ai'`,
    does: 'a chat’s state, tools included, and the browser’s half of the AI SDK’s own wire; can be given a stream again that the server has kept',
    doesNot: 'reads no other wire; is not in the matrix',
  },
  {
    title: '`streamText`, `createOpenAICompatible`',
    package: 'ai',
    program: `import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { streamText } from 'ai'
export const stream = (options, prompt) =>
  streamText({ model: createOpenAICompatible(options).chatModel('m'), prompt })`,
    does: 'models, tools and agents, of which a stream is the smallest part; meant for servers; honest about every ending in the matrix',
    doesNot: 'resumes nothing by itself; no deadline unless it is given one',
  },
]
