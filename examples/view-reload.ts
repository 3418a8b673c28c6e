import { eventStreamSignals, openaiChat, viewStore } from 'rx-sse'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

// In a page: sessionStorage, which each tab has for itself.
const kept = new Map<string, string>()

const chat = openaiChat()

/** What a page does when it is loaded, the first time or again. */
function load() {
  const lastEventId = kept.get('cursor')
  const answer = viewStore(
    eventStreamSignals(url, { body: { model: 'm', stream: true }, dialect: chat, lastEventId }),
    { seed: kept.get('text') ?? '', reduce: (text, chunk) => text + chat.text(chunk) },
  )
  return answer.subscribe(({ value, lastEventId, status }) => {
    // Both or neither: the cursor is worth nothing without what was shown up to it.
    if (lastEventId !== undefined) kept.set('cursor', lastEventId).set('text', value)
    if (status === 'done') console.log('whole: ', value)
  })
}

const leave = load()
setTimeout(() => {
  leave()
  console.log('reload:', kept.get('text'))
  load()
}, 200)
