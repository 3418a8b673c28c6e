import { useEffect } from 'preact/hooks'
import type { Run } from '../state/run.ts'
import { statusWords } from '../state/words.ts'

/** The state in the title of the tab, for whoever is in another. */
export function useTitle(run: Run | undefined): void {
  useEffect(() => {
    if (run === undefined) return
    const { title } = document
    const write = (): void => {
      document.title = `${statusWords(run.view.get(), Date.now()).word} – rx-sse`
    }
    write()
    const forget = run.view.subscribe(write)
    return () => {
      forget()
      document.title = title
    }
  }, [run])
}
