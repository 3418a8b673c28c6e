import { useObservableState } from 'observable-hooks'
import { StrictMode, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { eventStreamSignals, openaiChat, viewStore } from 'rx-sse'

const url = new URLSearchParams(location.search).get('url') ?? '/api/chat'
const chat = openaiChat()

const ask = () =>
  viewStore(eventStreamSignals(url, { body: { model: 'm', stream: true }, dialect: chat }), {
    seed: '',
    reduce: (text, chunk) => text + chat.text(chunk),
    emit: 'frame',
  })

function ChatAnswer() {
  const [answer] = useState(ask)
  const state = useObservableState(answer.state$, answer.getSnapshot)
  return (
    <>
      <p id="text">{state.value}</p>
      <p role="status">{state.status}</p>
      <button type="button" disabled={!state.canStop} onClick={answer.stop}>
        Stop
      </button>
    </>
  )
}

const root = createRoot(document.querySelector('#app')!)
root.render(
  <StrictMode>
    <ChatAnswer />
  </StrictMode>,
)
document.querySelector('#close')?.addEventListener('click', () => root.unmount())
