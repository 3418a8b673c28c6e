import { render } from 'preact'
import { createPage } from './state/page.ts'
import './styles/tokens.css'
import './styles/base.css'
import './styles/controls.css'
import './styles/layout.css'
import './styles/chat.css'
import './styles/comparison.css'
import './styles/board.css'
import './styles/timeline.css'
import './styles/attempt.css'
import './styles/log.css'
import { App } from './view/app.tsx'
import { tokenOf } from './wire/local-api.ts'

const page = createPage({
  fetch: (input, init) => fetch(input, init),
  token: tokenOf(document),
  now: () => performance.now(),
})

const host = document.getElementById('app')
if (host !== null) render(<App page={page} />, host)
page.resumeStored()
