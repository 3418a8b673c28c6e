import { createParser } from 'eventsource-parser'
import { map, Observable, takeWhile } from 'rxjs'
import { request } from 'undici'
import type { Read } from '../contender.ts'

/** What is written in an afternoon: it takes every end of the body for the end of the stream. */
const events = (url: string): Observable<string> =>
  new Observable((subscriber) => {
    const controller = new AbortController()
    const parser = createParser({ onEvent: ({ data }) => subscriber.next(data) })
    const pump = async (): Promise<void> => {
      const { statusCode, body } = await request(url, { signal: controller.signal })
      if (statusCode !== 200) throw new Error(`HTTP ${statusCode}`)
      const decoder = new TextDecoder()
      for await (const chunk of body) parser.feed(decoder.decode(chunk, { stream: true }))
      subscriber.complete()
    }
    pump().catch((error: unknown) => subscriber.error(error))
    return () => controller.abort()
  })

export const read: Read = (url, onEvent) =>
  new Promise((resolve, reject) => {
    events(url)
      .pipe(
        takeWhile((data) => data !== '[DONE]'),
        map((data): unknown => JSON.parse(data)),
      )
      .subscribe({ next: onEvent, complete: resolve, error: reject })
  })
