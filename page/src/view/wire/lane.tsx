import { laneOf, marksOf, type Scale } from '../../state/lane.ts'
import { brief } from '../../state/words.ts'
import type { Attempt } from '../../wire/types.ts'

interface LaneProps {
  readonly attempt: Attempt
  /** What the run ended with is drawn at its last attempt. */
  readonly isWhole: boolean
  readonly now: number
  readonly scale: Scale
  readonly width: number
}

/** An attempt as a marble diagram has it. Its words stand beside it. */
export function Lane({ attempt, isWhole, now, scale, width }: LaneProps) {
  const lane = laneOf(attempt, now)
  const marks = marksOf(attempt.beats, scale)
  const [start, head, end] = [
    scale(lane.start),
    scale(lane.head),
    Math.max(scale(lane.end), scale(lane.start) + 2),
  ]
  const quiet = lane.quietFrom === undefined ? end : scale(lane.quietFrom)
  return (
    <svg
      class="lane"
      viewBox={`0 0 ${width} 28`}
      width={width}
      height="28"
      aria-hidden="true"
      focusable="false"
    >
      <path class="lane-connecting" d={`M${start} 14H${head}M${start} 10v8`} />
      {head < quiet ? <path class="lane-open" d={`M${head} 14H${quiet}`} /> : null}
      {quiet < end ? <path class="lane-quiet" d={`M${quiet} 14H${end}`} /> : null}
      <path class="lane-noise" d={marks.noise} />
      <path class="lane-passed" d={marks.passed} />
      <path class="lane-marks" d={marks.delivered} />
      {attempt.from === undefined ? null : <Cursor id={attempt.from} x={start} />}
      <End attempt={attempt} isWhole={isWhole} x={end} />
      {lane.wait === undefined ? null : (
        <g class="lane-wait">
          <path
            d={`M${scale(lane.wait.from) + 7} 14H${Math.max(scale(lane.wait.until), scale(lane.wait.from) + 7)}`}
          />
          <path class="lane-due" d={`M${scale(lane.wait.due)} 8v12`} />
        </g>
      )}
    </svg>
  )
}

function Cursor({ id, x }: { id: string; x: number }) {
  return (
    <g class="lane-cursor">
      <path d={`M${x} 2v22`} />
      <text x={x + 4} y="9">
        {brief(id, 8)}
      </text>
    </g>
  )
}

function End({ attempt, isWhole, x }: Pick<LaneProps, 'attempt' | 'isWhole'> & { x: number }) {
  if (attempt.ended === undefined) return <circle class="lane-now" cx={x} cy="14" r="3.5" />
  if (isWhole) return <path class="lane-whole" d={`M${x} 4v20`} />
  if (attempt.error !== undefined || attempt.ended.how === 'failure') {
    return <path class="lane-failed" d={`M${x - 5} 9l10 10M${x + 5} 9l-10 10`} />
  }
  return <path class="lane-stopped" d={`M${x - 4} 10h8v8h-8z`} />
}
