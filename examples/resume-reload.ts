import { eventStreamSignals, openaiChat } from 'rx-sse'
import { filter, last, map, take } from 'rxjs'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

/** In a page: `sessionStorage`. */
const storage = new Map<string, string>()

function answer() {
  let { text, lastEventId } = JSON.parse(storage.get('answer') ?? '{"text":""}')
  console.log(`begin after event ${lastEventId ?? '-'}, with "${text}"`)
  return eventStreamSignals(url, {
    body: { model: 'm', stream: true },
    dialect: openaiChat(),
    lastEventId,
  }).pipe(
    filter((signal) => signal.type === 'value' || signal.type === 'cursor'),
    map((signal) => {
      if (signal.type === 'value') text += signal.value.choices[0]?.delta.content ?? ''
      // Both or neither: without a cursor, the text cannot be continued.
      if (signal.lastEventId !== undefined) {
        storage.set('answer', JSON.stringify({ text, lastEventId: signal.lastEventId }))
      }
      return text
    }),
  )
}

// The page is reloaded after five events.
answer().pipe(take(5)).subscribe({ complete: afterReload })

function afterReload(): void {
  answer()
    .pipe(last())
    .subscribe((text) => console.log('complete:', text))
}
