import { useState, useSyncExternalStore } from 'react'
import { eventStreamSignals, openaiChat, viewStore } from 'rx-sse'

const url = new URLSearchParams(location.search).get('url') ?? '/api/chat'
const chat = openaiChat()

const ask = () =>
  viewStore(eventStreamSignals(url, { body: { model: 'm', stream: true }, dialect: chat }), {
    seed: '',
    reduce: (text, chunk) => text + chat.text(chunk),
    emit: 'frame',
  })

export function ChatAnswer() {
  const [answer] = useState(ask)
  const state = useSyncExternalStore(answer.subscribe, answer.getSnapshot, answer.getServerSnapshot)
  return (
    <>
      <p id="text">{state.value}</p>
      <p role="status">{state.status}</p>
      <p role="alert">{state.error && `${state.error.code}: ${state.error.message}`}</p>
      <button type="button" disabled={!state.canStop} onClick={answer.stop}>
        Stop
      </button>
      <button type="button" disabled={!state.canRetryNow} onClick={answer.retryNow}>
        Retry now
      </button>
      <button type="button" disabled={!state.canContinue} onClick={answer.continue}>
        Continue
      </button>
      <button type="button" disabled={!state.canStart} onClick={answer.startAgain}>
        Start again
      </button>
    </>
  )
}
