/** A stream that the command writes to: `process.stdout`, or a test's. */
export interface OutputStream {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  readonly destroyed?: boolean
  write(text: string, callback?: (error?: Error | null) => void): boolean
  on(event: 'error', listener: (error: NodeJS.ErrnoException) => void): unknown
  on(event: 'drain', listener: () => void): unknown
}

/** Everything of its surroundings that the command touches, but for files and sockets. */
export interface CliIo {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  readonly stdin: AsyncIterable<Uint8Array | string>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Aborted by a signal to the process; the reason is the exit code. */
  readonly interrupt?: AbortSignal
}

/** stdout: knows whether it takes more, where its cursor stands, and when its reader has left. */
export class Output {
  readonly isTTY: boolean
  readonly #stream: OutputStream
  #broken: NodeJS.ErrnoException | undefined
  #onBroken: ((error: NodeJS.ErrnoException) => void) | undefined
  #onDrain: (() => void) | undefined
  #used = false
  /** Is the cursor at the beginning of a line? */
  atLineStart = true

  constructor(stream: OutputStream) {
    this.#stream = stream
    this.isTTY = stream.isTTY === true
    stream.on('error', (error) => {
      if (this.#broken !== undefined) return
      this.#broken = error
      this.#onBroken?.(error)
    })
    stream.on('drain', () => this.#onDrain?.())
  }

  /** `false`: full; wait for `onDrain`. */
  write(text: string): boolean {
    if (text === '' || this.#broken !== undefined) return true
    this.#used = true
    this.atLineStart = text.endsWith('\n')
    return this.#stream.write(text)
  }

  onDrain(listener: () => void): void {
    this.#onDrain = listener
  }

  /** Called once, at once if it has already happened. */
  onBroken(listener: (error: NodeJS.ErrnoException) => void): void {
    this.#onBroken = listener
    if (this.#broken !== undefined) listener(this.#broken)
  }

  /** Everything written has left the process, or never will. */
  flush(): Promise<void> {
    // A write of nothing, too, finds a device full.
    if (!this.#used || this.#broken !== undefined || this.#stream.destroyed === true) return Promise.resolve()
    return new Promise((resolve) => {
      // A write that failed calls back before the stream says so by its event.
      this.#stream.write('', () => setImmediate(resolve))
    })
  }
}
