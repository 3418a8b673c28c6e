import type Anthropic from '@anthropic-ai/sdk'
import type OpenAI from 'openai'
import { anthropicMessages, fromEventStream, openaiChat, openaiResponses } from 'rx-sse'
import type { Observable } from 'rxjs'

const body = { model: 'm', stream: true, messages: [{ role: 'user', content: 'Hi' }] }

export const chunks = (url: string): Observable<OpenAI.ChatCompletionChunk> =>
  fromEventStream(url, { body, dialect: openaiChat<OpenAI.ChatCompletionChunk>() })

export const events = (url: string): Observable<OpenAI.Responses.ResponseStreamEvent> =>
  fromEventStream(url, { body, dialect: openaiResponses<OpenAI.Responses.ResponseStreamEvent>() })

export const messageEvents = (url: string): Observable<Anthropic.RawMessageStreamEvent> =>
  fromEventStream(url, { body, dialect: anthropicMessages<Anthropic.RawMessageStreamEvent>() })
