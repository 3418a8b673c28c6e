import { type ChatCompletionChunk, continueWith, eventStreamSignals, openaiChat } from 'rx-sse'

const url = process.argv[2] ?? 'https://vllm.example/v1/chat/completions'

const body = { model: 'm', stream: true, messages: [{ role: 'user', content: 'What proves an end?' }] }

eventStreamSignals(url, {
  body,
  dialect: openaiChat(),
  retry: { delay: 100 },
  idempotencyKey: 'answer-7',
  resume: continueWith<ChatCompletionChunk>(
    ({ values, text }) => {
      // Half a tool call cannot be continued in words.
      if (values.some((chunk) => chunk.choices[0]?.delta.tool_calls)) return undefined
      const messages = [...body.messages, { role: 'assistant', content: text }]
      return { body: { ...body, messages, continue_final_message: true, add_generation_prompt: false } }
    },
    { overlap: true },
  ),
}).subscribe({
  next: (signal) => {
    if (signal.type === 'value') process.stdout.write(signal.value.choices[0]?.delta.content ?? '')
    if (signal.type === 'connecting' && signal.resume) process.stdout.write(` [${signal.resume}]`)
  },
  complete: () => console.log('\ncomplete'),
  error: (error) => console.log(`\n${error.kind}`),
})
