/**
 * A list that grows by a few items with every event, in pieces: joined only when somebody looks at it, so that a long
 * answer does not copy itself with each of its tokens. Immutable.
 */
export class GrowingList {
  #before: GrowingList | undefined
  #items: readonly unknown[]
  #isJoined: boolean

  constructor(items: readonly unknown[], before?: GrowingList) {
    this.#items = items
    this.#before = before
    this.#isJoined = before === undefined
  }

  get items(): readonly unknown[] {
    if (this.#isJoined) return this.#items
    const pieces: (readonly unknown[])[] = []
    for (let list: GrowingList | undefined = this; list !== undefined; list = list.#before) {
      pieces.push(list.#items)
      if (list.#isJoined) break
    }
    this.#items = pieces.reverse().flat()
    this.#before = undefined
    this.#isJoined = true
    return this.#items
  }
}
