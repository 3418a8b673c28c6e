import { setInterval } from 'node:timers'
import {
  catchError,
  concatMap,
  concatWith,
  EMPTY,
  filter,
  NEVER,
  type Observable,
  of,
  throwError,
} from 'rxjs'
import type { Tamper } from './observe.ts'

/** Of so many streams one is tampered with. */
const EVERY = 10
/** Signals begin with `connecting` and `open`: from here on all are values. */
const AT = 3

const all = {
  double: (source) => source.pipe(concatMap((value, index) => (index === AT ? of(value, value) : of(value)))),
  lose: (source) => source.pipe(filter((_, index) => index !== AT)),
  swap: (source) => source.pipe(swapped),
  silence: (source) =>
    source.pipe(
      concatWith(NEVER),
      catchError(() => NEVER),
    ),
  untype: (source) => source.pipe(catchError((error) => throwError(() => new Error(String(error))))),
  praise: (source) => source.pipe(catchError(() => EMPTY)),
  leak: (source) => {
    // Never cleared, as a deadline would be that somebody forgot.
    setInterval(() => {}, 60_000)
    return source
  },
} satisfies Record<string, Tamper>

function swapped<T>(source: Observable<T>): Observable<T> {
  let held: T
  return source.pipe(
    concatMap((value, index) => {
      if (index === AT) held = value
      return index === AT ? EMPTY : index === AT + 1 ? of(value, held) : of(value)
    }),
  )
}

/** Mistakes that a client could make, put between the stream and its consumer: the accountant has to find each. */
export const mistakes: Readonly<Record<keyof typeof all, Tamper>> = Object.fromEntries(
  Object.entries(all).map(([name, mistake]) => [
    name,
    ((source, lot) =>
      lot.stream % EVERY === 0 ? (mistake as Tamper)(source, lot) : source) satisfies Tamper,
  ]),
) as Record<keyof typeof all, Tamper>

export type Mistake = keyof typeof mistakes
