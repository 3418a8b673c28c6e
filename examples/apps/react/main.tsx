import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { ChatAnswer } from './chat-answer.tsx'

const root = createRoot(document.querySelector('#app')!)
root.render(
  <StrictMode>
    <ChatAnswer />
  </StrictMode>,
)
document.querySelector('#close')?.addEventListener('click', () => root.unmount())
