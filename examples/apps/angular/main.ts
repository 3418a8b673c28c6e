import { bootstrapApplication } from '@angular/platform-browser'
import { ChatAnswer } from './chat-answer.ts'

const app = await bootstrapApplication(ChatAnswer)
document.querySelector('#close')?.addEventListener('click', () => app.destroy())
