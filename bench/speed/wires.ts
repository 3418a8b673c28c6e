export type WireName = 'chat' | 'anthropic'

/** What stands on the wire around and in an event that carries a piece of text. */
interface Wire {
  readonly begin: string
  event(text: string, isLast: boolean): string
  readonly end: string
}

const chunk = (text: string, isLast: boolean): string =>
  JSON.stringify({
    id: 'c-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta: { content: text }, finish_reason: isLast ? 'stop' : null }],
  })

const named = (payload: { readonly type: string }): string =>
  `event: ${payload.type}\ndata: ${JSON.stringify(payload)}\n\n`

const message = {
  id: 'm-1',
  type: 'message',
  role: 'assistant',
  model: 'm',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 1, output_tokens: 1 },
}

export const wires: Readonly<Record<WireName, Wire>> = {
  chat: {
    begin: '',
    event: (text, isLast) => `data: ${chunk(text, isLast)}\n\n`,
    end: 'data: [DONE]\n\n',
  },
  anthropic: {
    begin:
      named({ type: 'message_start', message } as { type: string }) +
      named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } } as {
        type: string
      }),
    event: (text) =>
      named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } } as {
        type: string
      }),
    end:
      named({ type: 'content_block_stop', index: 0 } as { type: string }) +
      named({
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { output_tokens: 1 },
      } as { type: string }) +
      named({ type: 'message_stop' }),
  },
}
