import { isSseError, openaiChat, toAsyncIterable } from 'rx-sse'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

const chat = openaiChat()

try {
  for await (const chunk of toAsyncIterable(url, {
    body: { model: 'm', stream: true },
    dialect: chat,
  })) {
    process.stdout.write(chat.text(chunk))
    await new Promise((resume) => setTimeout(resume, 5)) // a slow reader: the server feels it
  }
  console.log('\ncomplete')
} catch (error) {
  if (!isSseError(error)) throw error
  console.log(`\n${error.kind} ${error.code} ${error.retryable ? 'may' : 'must not'} be tried again`)
}
