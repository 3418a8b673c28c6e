import type { Observable } from 'rxjs'
import type { StreamSignal } from './library.ts'
import type { FixtureFile, PlainLoopState, Timeline, WireLogView } from './record-types.ts'
import type { FormProblem, OwnForm, Settings } from './settings-types.ts'

/** What is to be run. */
export type Order =
  | {
      readonly type: 'switchboard'
      readonly settings: Settings
      /** What the person asked. */
      readonly prompt: string
    }
  | { readonly type: 'own'; readonly form: OwnForm }

/** Where to begin: after a reload, the URL and the cursor of the run that it interrupted. */
export interface Resumption {
  readonly url: string
  readonly lastEventId: string
}

/** What the data layer needs of the world. */
export interface Surroundings {
  readonly fetch: typeof globalThis.fetch
  /** `content` of the page's `<meta name="rx-sse-token">`: `tokenOf(document)`. */
  readonly token: string
  /** Milliseconds since any point, never going back: `performance.now`. */
  readonly now: () => number
}

/**
 * A run that is ready to be started. Obtained by `openRun(order, surroundings, resumption?): Promise<Run>`, which rejects with a
 * {@link PageProblem} in plain words: a form that is wrong, a local server that is gone.
 */
export interface Run {
  /** Where the requests go. For a {@link Resumption}. */
  readonly url: string
  /**
   * Each subscription is a stream of its own; the record goes on with it. `viewState` takes this. To unsubscribe before the end
   * is to stop: the record says so.
   */
  readonly signals$: Observable<StreamSignal<unknown>>
  /** The text that a value adds to the answer. */
  textOf(value: unknown): string
  readonly record: RunRecord
}

/** What went wrong before a request could be made. */
export interface PageProblem extends Error {
  readonly what: string
  readonly doThis: string
  readonly field?: FormProblem['field']
}

/**
 * All that the wire did and what was made of it. Bounded. Cheap to write: what is shown is made when it is asked for.
 */
export interface RunRecord {
  /**
   * Told at the first change after a {@link snapshot} was taken, and then not before the next one is: take it once a frame.
   * Returns how to stop listening.
   */
  subscribe(listener: () => void): () => void
  /** As it is now. The same object as before if nothing has changed. */
  snapshot(): RunSnapshot
  /** What was recorded, as the repository's fixtures: one for each response that was an event stream. */
  fixtures(name: string): Promise<readonly FixtureFile[]>
}

export interface RunSnapshot {
  /** Milliseconds since 1970 at which `at: 0` was. */
  readonly epoch: number
  readonly timeline: Timeline
  readonly loop: PlainLoopState
  /** Not a copy: read from it what is in view, now. */
  readonly log: WireLogView
}
