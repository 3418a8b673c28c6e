/** What nobody has handled while something was done, and shortly after. The test runner does not hear of it. */
export async function unhandled(action: () => Promise<void>): Promise<unknown[]> {
  const rejections: unknown[] = []
  const listeners = process.listeners('unhandledRejection')
  process.removeAllListeners('unhandledRejection')
  const listen = (reason: unknown): void => {
    rejections.push(reason)
  }
  process.on('unhandledRejection', listen)
  try {
    await action()
    // Told once the microtasks are through.
    await new Promise((resolve) => setTimeout(resolve, 20))
  } finally {
    process.off('unhandledRejection', listen)
    for (const listener of listeners) process.on('unhandledRejection', listener)
  }
  return rejections
}

/** Calls back in the same call, as promises that are older than the standard do. */
export const thenable = <T>(value: T): PromiseLike<T> => {
  // biome-ignore lint/suspicious/noThenProperty: that is what it is about
  return { then: (resolve?: ((value: T) => unknown) | null) => resolve?.(value) } as PromiseLike<T>
}
