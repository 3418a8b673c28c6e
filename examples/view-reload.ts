import { eventStreamSignals, openaiChat, viewStore } from 'rx-sse'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

// In a page: sessionStorage, which each tab has for itself.
const kept = new Map<string, string>()

const chat = openaiChat()

/** What a page does when it is loaded, the first time or again. */
function load() {
  const whole = kept.get('whole')
  // Nothing is missing: to ask again would buy the same answer twice.
  if (whole !== undefined) return console.log('kept:  ', whole)
  const lastEventId = kept.get('cursor')
  const answer = viewStore(
    eventStreamSignals(url, { body: { model: 'm', stream: true }, dialect: chat, lastEventId }),
    { seed: kept.get('text') ?? '', reduce: (text, chunk) => text + chat.text(chunk) },
  )
  const leave = answer.subscribe(({ value, lastEventId, status }) => {
    // Both or neither: the cursor is worth nothing without what was shown up to it.
    if (lastEventId !== undefined) kept.set('cursor', lastEventId).set('text', value)
    if (status === 'done') {
      console.log('whole: ', value)
      kept.set('whole', value)
    }
  })
  setTimeout(reload, 200, leave)
}

let reloads = 0
function reload(leave: () => void): void {
  leave()
  if (reloads++ === 2) return
  console.log('reload:', kept.get('text')?.slice(0, 19))
  load()
}

load()
