import { useLayoutEffect, useRef } from 'preact/hooks'
import { AnswerWriter } from '../../state/answer-writer.ts'
import type { Run } from '../../state/run.ts'

/** The answer as it grows. Written by hand: a frame adds to a text node, whatever the length of the answer. */
export function AnswerText({ run }: { run: Run }) {
  const host = useRef<HTMLDivElement>(null)
  useLayoutEffect(() => {
    const writer = new AnswerWriter(host.current as HTMLElement)
    writer.clear()
    const write = (): void => writer.write(run.view.get().value, run.seams())
    write()
    return run.view.subscribe(write)
  }, [run])
  return <div class="answer-text" ref={host} />
}
