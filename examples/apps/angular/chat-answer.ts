import { Component } from '@angular/core'
import { toSignal } from '@angular/core/rxjs-interop'
import { eventStreamSignals, openaiChat, viewStore } from 'rx-sse'

const url = new URLSearchParams(location.search).get('url') ?? '/api/chat'
const chat = openaiChat()

@Component({
  selector: 'chat-answer',
  template: `
    <p id="text">{{ state().value }}</p>
    <p role="status">{{ state().status }}</p>
    <p role="alert">
      @if (state().error; as error) {
        {{ error.code }}: {{ error.message }}
      }
    </p>
    <button [disabled]="!state().canStop" (click)="answer.stop()">Stop</button>
    <button [disabled]="!state().canRetryNow" (click)="answer.retryNow()">Retry now</button>
    <button [disabled]="!state().canContinue" (click)="answer.continue()">Continue</button>
    <button [disabled]="!state().canStart" (click)="answer.startAgain()">Start again</button>
  `,
})
export class ChatAnswer {
  readonly answer = viewStore(
    eventStreamSignals(url, { body: { model: 'm', stream: true }, dialect: chat }),
    { seed: '', reduce: (text, chunk) => text + chat.text(chunk), emit: 'frame' },
  )
  readonly state = toSignal(this.answer.state$, { requireSync: true })
}
