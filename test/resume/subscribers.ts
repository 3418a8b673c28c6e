import { Observable, Subject } from 'rxjs'
import { type ShareOptions, shareStream } from '../../src/index.ts'

export interface Seen<T> {
  readonly values: T[]
  readonly ends: unknown[]
  unsubscribe(): void
}

/** What a subscriber is told. */
export function watch<T>(source: Observable<T>): Seen<T> {
  const values: T[] = []
  const ends: unknown[] = []
  const subscription = source.subscribe({
    next: (value) => void values.push(value),
    complete: () => void ends.push('complete'),
    error: (error: unknown) => void ends.push(error),
  })
  return { values, ends, unsubscribe: () => subscription.unsubscribe() }
}

/** A source that counts who is subscribed, and the subject that speaks for it. */
export function counted<T>(options?: ShareOptions) {
  const state = { subscribed: 0, left: 0 }
  let subject = new Subject<T>()
  const shared = new Observable<T>((subscriber) => {
    state.subscribed++
    subject = new Subject<T>()
    subscriber.add(subject.subscribe(subscriber))
    subscriber.add(() => void state.left++)
  }).pipe(shareStream<T>(options))
  return { state, shared, next: (value: T) => subject.next(value), source: () => subject }
}
