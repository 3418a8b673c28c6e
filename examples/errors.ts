import { catchStreamError, fromEventStream, openaiChat, text } from 'rx-sse'
import { EMPTY, of } from 'rxjs'

const url = process.argv[2] ?? 'https://gateway.example/v1/chat/completions'

const chat = openaiChat()

fromEventStream(url, { body: { model: 'm', stream: true }, dialect: chat })
  .pipe(
    text(chat),
    // By code, narrowed: nobody is to blame, the user may press a button.
    catchStreamError('model_overloaded', (error) => of(`\n[busy: ${error.message}]`)),
    // By kind, narrowed: only a terminated stream has a reason.
    catchStreamError('stream_terminated', (error) =>
      of(`\n[cut: ${error.reason}, ${error.events} events are safe]`),
    ),
    catchStreamError('request_failed', (error) => {
      console.error(error.status, error.code, error.message)
      return EMPTY
    }),
  )
  .subscribe((piece) => process.stdout.write(piece))
