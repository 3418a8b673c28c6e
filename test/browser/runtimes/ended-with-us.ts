import type { ChildProcess } from 'node:child_process'

/**
 * How to end a process that leads a group of its own, with all that it has started; it ends with ours in any case. Spawn
 * it `detached`: a browser's command may be a script, and the browser its child.
 */
export function endedWithUs(child: ChildProcess): () => Promise<void> {
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL')
    } catch {
      // It is gone.
    }
  }
  process.once('exit', kill)
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  return async () => {
    kill()
    await gone
    process.off('exit', kill)
  }
}
