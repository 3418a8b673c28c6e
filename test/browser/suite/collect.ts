import type { Observable } from 'rxjs'
import type { SseError } from '../../../src/web.ts'

/** What came of a stream. */
export interface Collected<T> {
  readonly values: T[]
  /** `undefined`: it has completed. */
  readonly error: SseError | undefined
}

/** Settles with all of it, whatever the ending; rejects if there is none within 20 s. */
export function collect<T>(stream: Observable<T>): Promise<Collected<T>> {
  return new Promise((resolve, reject) => {
    const values: T[] = []
    const timer = setTimeout(() => {
      subscription.unsubscribe()
      reject(new Error(`no ending within 20 s, after ${values.length} values`))
    }, 20_000)
    const end = (error: SseError | undefined): void => {
      clearTimeout(timer)
      resolve({ values, error })
    }
    const subscription = stream.subscribe({
      next: (value) => values.push(value),
      complete: () => end(undefined),
      error: (error: SseError) => end(error),
    })
  })
}
