import { useEffect, useState } from 'preact/hooks'
import { axisLabel, axisTicks, type Scale } from '../../state/lane.ts'
import type { Run } from '../../state/run.ts'
import { useStore } from '../../state/store.ts'
import { counted, seconds } from '../../state/words.ts'
import type { Attempt, RunEnding } from '../../wire/types.ts'
import { Lane } from './lane.tsx'
import { useWidth } from './use-width.ts'

interface TimelineProps {
  readonly run: Run
  readonly selected: number | undefined
  readonly onSelect: (attempt: number) => void
}

const SHORTEST_MS = 1000
/** For what is drawn around the ends of a lane. */
const EDGE = 8

/** All attempts over one time: what came, what broke it off, how long was waited. */
export function Timeline({ run, selected, onSelect }: TimelineProps) {
  const { timeline, epoch } = useStore(run.wire)
  const [ref, width] = useWidth<HTMLDivElement>(400)
  const now = useNow(epoch, timeline.ending === undefined)
  const { attempts, dropped, ending } = timeline
  const end = ending?.at ?? now
  const due = attempts.at(-1)?.wait?.until
  const total = Math.max(SHORTEST_MS, end, ending === undefined && due !== undefined ? due : 0)
  const inner = Math.max(80, width - 2 * EDGE)
  const scale: Scale = (at) => EDGE + (Math.min(at, total) / total) * inner
  return (
    <div class="timeline">
      <div class="axis" ref={ref} aria-hidden="true">
        {axisTicks(total, inner).map((at) => (
          <AxisLabel key={at} at={at} x={scale(at)} width={width} />
        ))}
      </div>
      {dropped > 0 ? <p class="hint">{counted(dropped, 'earlier attempt')} not shown.</p> : null}
      <ol class="lanes" aria-label="Attempts">
        {attempts.map((attempt, index) => (
          <li key={attempt.number}>
            <button
              type="button"
              class="lane-button"
              aria-pressed={attempt.number === selected}
              onClick={() => onSelect(attempt.number)}
            >
              <Lane
                attempt={attempt}
                isWhole={ending?.type === 'complete' && index === attempts.length - 1}
                now={end}
                scale={scale}
                width={width}
              />
              <span class="lane-words">
                <b>Attempt {attempt.number}</b>{' '}
                <span>{wordsOf(attempt, index === attempts.length - 1 ? ending : undefined)}</span>
              </span>
            </button>
          </li>
        ))}
      </ol>
    </div>
  )
}

function AxisLabel({ at, x, width }: { at: number; x: number; width: number }) {
  const place = (element: HTMLSpanElement | null): void => {
    if (element !== null) element.style.translate = `${x}px 0`
  }
  return (
    <span ref={place} data-last={x > width - 40}>
      {axisLabel(at)}
    </span>
  )
}

/** Milliseconds since the run began, a few times a second while it goes on. */
function useNow(epoch: number, isOn: boolean): number {
  const [, setNow] = useState(0)
  useEffect(() => {
    if (!isOn) return
    const timer = setInterval(() => setNow(Date.now()), 100)
    return () => clearInterval(timer)
  }, [isOn])
  return Math.max(0, Date.now() - epoch)
}

/** What the drawing shows, in words. */
function wordsOf(attempt: Attempt, ending: RunEnding | undefined): string {
  const { status, values, bytes, ended, error, wait, resumes } = attempt
  const words: string[] = []
  if (resumes !== undefined) words.push(resumes.words)
  if (status !== undefined) words.push(String(status))
  if (bytes > 0) words.push(counted(values, 'value'), bytesOf(bytes))
  if (ended === undefined) words.push(status === undefined ? 'connecting' : 'open')
  else if (error !== undefined) words.push(error.title)
  else if (ending?.type === 'complete') words.push('whole')
  else if (ending?.type === 'stopped') words.push('stopped')
  if (wait !== undefined) words.push(`then a wait of ${seconds(wait.delayMs)}`)
  return words.join(' · ')
}

export const bytesOf = (bytes: number): string =>
  bytes < 1000 ? counted(bytes, 'byte') : `${(bytes / 1000).toFixed(bytes < 100_000 ? 1 : 0)} kB`
