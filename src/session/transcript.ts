import type { Dialect } from '../dialects/dialect.ts'

/** The values that were delivered, for a strategy that needs them. */
export class Transcript<T> {
  readonly #dialect: Dialect<T>
  readonly #limit: number
  #values: T[] | undefined = []
  #size = 0

  /** @param limit - most characters of their events' data */
  constructor(dialect: Dialect<T>, limit: number) {
    this.#dialect = dialect
    this.#limit = limit
  }

  /** In order; `undefined` once they were too much to keep. */
  get values(): readonly T[] | undefined {
    return this.#values
  }

  get text(): string {
    const { text } = this.#dialect
    if (text === undefined || this.#values === undefined) return ''
    return this.#values.map((value) => text.call(this.#dialect, value)).join('')
  }

  add(value: T, data: string): void {
    this.#size += Math.max(1, data.length)
    if (this.#size > this.#limit) this.#values = undefined
    else this.#values?.push(value)
  }

  clear(): void {
    this.#values = []
    this.#size = 0
  }
}
