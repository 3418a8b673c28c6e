import type { Observable } from 'rxjs'
import { isSseError, type SseError } from '../src/index.ts'

export interface Collected<T> {
  readonly values: T[]
  readonly completed: boolean
  readonly error: SseError | undefined
}

/** Everything that an Observable does until it ends. An error that is no SseError is thrown. */
export const collect = <T>(source: Observable<T>): Promise<Collected<T>> =>
  new Promise((resolve, reject) => {
    const values: T[] = []
    source.subscribe({
      next: (value) => values.push(value),
      complete: () => resolve({ values, completed: true, error: undefined }),
      error: (error: unknown) => {
        if (isSseError(error)) resolve({ values, completed: false, error })
        else reject(error)
      },
    })
  })
