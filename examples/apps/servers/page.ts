import { accumulate, fromEventStream, isSseError, openaiChat } from 'rx-sse'

const chat = openaiChat()
const { body } = document

// Of the relay that this page comes from, as if it were the gateway.
fromEventStream('/chat', { body: { messages: [] }, dialect: chat })
  .pipe(accumulate(chat))
  .subscribe({
    next: ({ text }) => (body.textContent = text),
    complete: () => (body.dataset.end = 'complete'),
    error: (error) => (body.dataset.end = isSseError(error) ? `${error.kind} ${error.code}` : String(error)),
  })
