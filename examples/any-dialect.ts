import { accumulate, fromEventStream, type LlmDialect, type Message } from 'rx-sse'
import type { Observable } from 'rxjs'

export const answer = (url: string, body: object, dialect: LlmDialect): Observable<Message> =>
  fromEventStream(url, { body, dialect }).pipe(accumulate(dialect))
