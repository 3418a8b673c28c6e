import type { Profiler } from 'node:inspector'
import { Session } from 'node:inspector'

/** What of a file's code has run: a byte for each of its characters. */
interface FileCoverage {
  /** 1: in a block that has run; 2: in one that is known and has not. */
  readonly marks: Uint8Array
}

/**
 * Which blocks of some files have run, by V8's own counters. Started before the files are imported: a function that never
 * runs is known only then.
 */
export class Coverage {
  readonly #session = new Session()
  readonly #wanted: (url: string) => boolean
  readonly #files = new Map<string, FileCoverage>()

  constructor(wanted: (url: string) => boolean) {
    this.#wanted = wanted
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.resume()
  }

  /** Counts no more for a while: code that is counted takes twice the time. */
  pause(): void {
    this.#session.post('Profiler.stopPreciseCoverage')
  }

  resume(): void {
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  stop(): void {
    this.pause()
    this.#session.disconnect()
  }

  /**
   * How many characters of code have run since the last call that never had.
   *
   * @param remembers - whether they count as run from now on
   */
  take(remembers: boolean): number {
    let fresh = 0
    // Within one thread the answer comes in the same call.
    this.#session.post('Profiler.takePreciseCoverage', (_error, answer) => {
      for (const script of answer.result) if (this.#wanted(script.url)) fresh += this.#add(script, remembers)
    })
    return fresh
  }

  /** Nothing has run. */
  forget(): void {
    this.take(false)
    this.#files.clear()
  }

  #add({ url, functions }: Profiler.ScriptCoverage, remembers: boolean): number {
    const length = Math.max(0, ...functions.map(({ ranges }) => ranges[0]?.endOffset ?? 0))
    let file = this.#files.get(url)
    if (file === undefined || file.marks.length < length) {
      const marks = new Uint8Array(length)
      if (file !== undefined) marks.set(file.marks)
      file = { marks }
      this.#files.set(url, file)
    }
    // Ranges are nested: an inner one says better than the outer one what has run.
    const now = new Uint8Array(length)
    for (const { ranges, isBlockCoverage } of functions) {
      for (const { startOffset, endOffset, count } of ranges) {
        if (count > 0 && !isBlockCoverage && ranges.length > 1) continue
        now.fill(count > 0 ? 1 : 2, startOffset, endOffset)
      }
    }
    let fresh = 0
    const { marks } = file
    for (let at = 0; at < length; at++) {
      const mark = now[at] as number
      if (mark === 1 && marks[at] !== 1) {
        if (remembers) marks[at] = 1
        fresh++
      } else if (mark === 2 && marks[at] === 0) marks[at] = 2
    }
    return fresh
  }

  /** By folder: characters of code that have run, of those that are known, and the blocks that have not. */
  summary(folderOf: (url: string) => string): CoverageSummary[] {
    const folders = new Map<string, CoverageSummary>()
    for (const [url, { marks }] of this.#files) {
      const name = folderOf(url)
      const summary = folders.get(name) ?? { name, covered: 0, known: 0, blocks: [] }
      folders.set(name, summary)
      let from = -1
      for (let at = 0; at <= marks.length; at++) {
        const mark = marks[at]
        if (mark === 1 || mark === 2) summary.known++
        if (mark === 1) summary.covered++
        if (mark === 2 && from === -1) from = at
        if (mark !== 2 && from !== -1) {
          summary.blocks.push({ url, from, to: at })
          from = -1
        }
      }
    }
    return [...folders.values()].sort((a, b) => a.name.localeCompare(b.name))
  }
}

export interface CoverageSummary {
  readonly name: string
  covered: number
  known: number
  /** That have not run. */
  readonly blocks: { readonly url: string; readonly from: number; readonly to: number }[]
}
