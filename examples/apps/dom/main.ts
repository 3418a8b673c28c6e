import { eventStreamSignals, openaiChat, viewStore } from 'rx-sse'

const url = new URLSearchParams(location.search).get('url') ?? '/api/chat'
const chat = openaiChat()

const answer = viewStore(eventStreamSignals(url, { body: { model: 'm', stream: true }, dialect: chat }), {
  seed: '',
  reduce: (text, chunk) => text + chat.text(chunk),
  emit: 'frame',
})

const paragraph = (id: string) => document.querySelector<HTMLParagraphElement>(`#${id}`)!
const button = (id: string) => document.querySelector<HTMLButtonElement>(`#${id}`)!

const close = answer.subscribe((state) => {
  paragraph('text').textContent = state.value
  paragraph('status').textContent = state.status
  paragraph('error').textContent = state.error ? `${state.error.code}: ${state.error.message}` : ''
  button('stop').disabled = !state.canStop
  button('retry-now').disabled = !state.canRetryNow
  button('continue').disabled = !state.canContinue
  button('start-again').disabled = !state.canStart
})

button('stop').onclick = answer.stop
button('retry-now').onclick = answer.retryNow
button('continue').onclick = answer.continue
button('start-again').onclick = answer.startAgain
button('close').onclick = close
