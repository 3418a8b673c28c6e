/** Numbers that a seed decides: the same seed, the same run (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 up to 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }

  /** A whole number from 0 up to `below`, which it never is. */
  int(below: number): number {
    return Math.floor(this.next() * below)
  }

  chance(share: number): boolean {
    return this.next() < share
  }

  pick<T>(list: readonly T[]): T {
    return list[this.int(list.length)] as T
  }

  /** Offsets into so many bytes at which they are cut: none, a few, or all. */
  offsets(length: number): number[] {
    const kind = this.int(8)
    if (kind < 2) return []
    if (kind === 2 && length <= 256) return Array.from({ length }, (_, offset) => offset)
    return Array.from({ length: 1 + this.int(kind < 6 ? 4 : 16) }, () => this.int(length + 1))
  }
}
