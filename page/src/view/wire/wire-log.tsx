import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks'
import { shortenedLine } from '../../state/log-line.ts'
import type { Run } from '../../state/run.ts'
import { useStore } from '../../state/store.ts'
import type { WireLine, WireLineKind } from '../../wire/types.ts'

const ROW = 20
const ROWS_AROUND = 8
/** Of the monospace fonts at that size, and what stands before the text. */
const CHARACTER = 7.25
const BEFORE_TEXT = 120

/** Who speaks, at the beginning of a line: sent, received, what happened, a wait, the end. */
const SIGNS: Readonly<Record<WireLineKind, string>> = {
  request: '>',
  connected: '<',
  head: '<',
  data: '',
  event: '',
  id: '',
  retry: '',
  comment: '',
  blank: '',
  foreign: '?',
  unfinished: '?',
  end: '<',
  failure: '!',
  abort: '>',
  waiting: '~',
  resume: '>',
  reset: '!',
  complete: '=',
  error: '!',
}

/** Every line of the wire, as text and nothing but text. Only those in view are in the document. */
export function WireLog({ run }: { run: Run }) {
  const { log } = useStore(run.wire)
  const scroller = useRef<HTMLElement>(null)
  const view = useRef({ top: 0, height: 240, width: 480, follows: true, first: log.first })
  const [, render] = useReducer((count: number) => count + 1, 0)
  const [isWhole, setWhole] = useState(false)
  const { first, end } = log
  const { current } = view
  // Lines that fall out at the top must not move those that are being read.
  if (!current.follows && first > current.first) {
    current.top = Math.max(0, current.top - (first - current.first) * ROW)
  }
  current.first = first
  const height = (end - first) * ROW
  const top = current.follows ? Math.max(0, height - current.height) : current.top
  const from = Math.max(first, first + Math.floor(top / ROW) - ROWS_AROUND)
  const to = Math.min(end, first + Math.ceil((top + current.height) / ROW) + ROWS_AROUND)

  useLayoutEffect(() => {
    const element = scroller.current
    if (element === null) return
    const observer = new ResizeObserver(() => {
      current.height = element.clientHeight
      current.width = element.clientWidth
      render(undefined)
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [current])
  useLayoutEffect(() => {
    if (scroller.current !== null) scroller.current.scrollTop = top
  }, [top, end])

  const onScroll = (): void => {
    const element = scroller.current
    if (element === null) return
    const { scrollTop } = element
    const follows = scrollTop + current.height >= height - ROW
    // Its own scrolling to the newest line.
    if (follows === current.follows && Math.abs(scrollTop - top) < 1) return
    current.top = scrollTop
    current.follows = follows
    render(undefined)
  }
  const room = isWhole ? Number.POSITIVE_INFINITY : Math.floor((current.width - BEFORE_TEXT) / CHARACTER)
  return (
    <div class="log-frame">
      <label class="log-whole">
        <input
          type="checkbox"
          checked={isWhole}
          onChange={(event) => setWhole(event.currentTarget.checked)}
        />
        Whole lines
      </label>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and must do so by keys */}
      <section class="log" ref={scroller} onScroll={onScroll} tabIndex={0} aria-label="Wire log">
        <Lines height={height}>
          {log.slice(from, to).map((line, index) => (
            <Line key={index} line={line} top={(line.number - first) * ROW} room={room} />
          ))}
        </Lines>
      </section>
      {current.follows || height === 0 ? null : (
        <button
          type="button"
          class="button log-follow"
          onClick={() => {
            current.follows = true
            render(undefined)
          }}
        >
          To the newest line
        </button>
      )}
    </div>
  )
}

function Lines({ height, children }: { height: number; children: ComponentChildren }) {
  return (
    <div
      class="log-lines"
      ref={(element) => {
        if (element !== null) element.style.blockSize = `${height}px`
      }}
    >
      {children}
    </div>
  )
}

function Line({ line, top, room }: { line: WireLine; top: number; room: number }) {
  return (
    <p
      class="log-line"
      data-kind={line.kind}
      ref={(element) => {
        if (element !== null) element.style.transform = `translateY(${top}px)`
      }}
    >
      <span class="log-at">{(line.at / 1000).toFixed(3)}</span>
      <span class="log-sign">{SIGNS[line.kind]}</span>
      <span class="log-text">{line.kind === 'blank' ? '↵' : shortenedLine(line.text, room)}</span>
    </p>
  )
}
