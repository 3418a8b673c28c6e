/** A page that is hidden has no frames; browsers stretch its timers to a second and more. */
const HIDDEN_MS = 250
const WITHOUT_SCREEN_MS = 16

interface Screen {
  requestAnimationFrame(callback: () => void): number
  cancelAnimationFrame(handle: number): void
}

/** Calls once, with the next frame that is drawn; where none is, after a while. Returns how to call it off. */
export function onNextFrame(call: () => void): () => void {
  const { requestAnimationFrame, cancelAnimationFrame } = globalThis as Partial<Screen>
  if (requestAnimationFrame === undefined) {
    const timer = setTimeout(call, WITHOUT_SCREEN_MS)
    return () => clearTimeout(timer)
  }
  // Not a constant: a stand-in may draw before it has said which frame it was.
  let frame: number | undefined
  const cancel = (): void => {
    clearTimeout(timer)
    if (frame !== undefined) cancelAnimationFrame?.(frame)
  }
  const once = (): void => {
    cancel()
    call()
  }
  const timer = setTimeout(once, HIDDEN_MS)
  frame = requestAnimationFrame(once)
  return cancel
}
