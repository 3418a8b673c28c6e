/** Lets so many through at a time; `enter` resolves with what to call when one is done. Calling it twice is harmless. */
export function createPool(size: number): { enter(): Promise<() => void> } {
  let free = size
  const waiting: (() => void)[] = []
  const leave = (): void => {
    const next = waiting.shift()
    if (next === undefined) free++
    else next()
  }
  return {
    async enter() {
      if (free > 0) free--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      let left = false
      return () => {
        if (!left) leave()
        left = true
      }
    },
  }
}
