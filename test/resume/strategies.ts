import {
  type ChatCompletionChunk,
  continueWith,
  type Interruption,
  type PartialAnswer,
  type ResumeStrategy,
  type ServerSentEvent,
  type StreamRequest,
  type StreamRequestChange,
} from '../../src/index.ts'

/** A chat that asks one thing. */
export const chatBody = { model: 'm', stream: true, messages: [{ role: 'user', content: 'Count.' }] }

/** As one asks a model to go on. */
export const goOn = (
  { text }: PartialAnswer<ChatCompletionChunk>,
  request: StreamRequest,
): StreamRequestChange => {
  const given = request.body as typeof chatBody
  return { body: { ...given, messages: [...given.messages, { role: 'assistant', content: text }] } }
}

/** The same change for every rest. */
export const changedTo = (change: StreamRequestChange): { resume: ReturnType<typeof continueWith> } => ({
  resume: continueWith(() => change),
})

export type At = Interruption<ServerSentEvent>

/** A strategy of one’s own. */
export const own = (
  resume: ResumeStrategy<ServerSentEvent>['resume'],
  more: Partial<ResumeStrategy<ServerSentEvent>> = {},
): { resume: ResumeStrategy<ServerSentEvent> } => ({ resume: { name: 'own', resume, ...more } })

/** Asks for a rest that may repeat the end of what there is. */
export const overlapping = (
  options: Parameters<typeof continueWith>[1] = { overlap: true },
): ResumeStrategy<ChatCompletionChunk> => continueWith<ChatCompletionChunk>(() => ({ url: '/rest' }), options)
