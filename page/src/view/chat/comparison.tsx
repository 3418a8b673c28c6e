import type { Run } from '../../state/run.ts'
import { useStore } from '../../state/store.ts'
import { nameOf, type Tone } from '../../state/words.ts'
import { answerText } from '../../wire/answers.ts'
import { loopCode } from '../../wire/plain-loop.ts'
import type { DialectName, Order, PlainLoopState, Settings } from '../../wire/types.ts'
import { Breakable } from '../breakable.tsx'
import { Icon } from '../icon.tsx'
import { StateBadge } from '../state-badge.tsx'

const LOOP_TONE: Readonly<Record<PlainLoopState['status'], Tone>> = {
  idle: 'calm',
  reading: 'alive',
  complete: 'whole',
  exception: 'failed',
  hanging: 'waiting',
  deaf: 'alive',
  stopped: 'calm',
}

/** The same bytes, told twice. Stands there once one of the two has ended. */
export function Comparison({ run }: { run: Run }) {
  const loop = useStore(run.wire, (snapshot) => snapshot.loop)
  const ending = useStore(run.wire, ({ timeline }) => timeline.ending)
  const state = useStore(run.view)
  const isLoopOver = loop.endedAt !== undefined || loop.status === 'hanging' || loop.status === 'deaf'
  if (ending === undefined && !isLoopOver) return null
  const whole = run.order.type === 'switchboard' ? wholeOf(run.order.settings) : undefined
  return (
    <section class="comparison" aria-labelledby="comparison-title">
      <h3 id="comparison-title">The same bytes, told twice</h3>
      <div class="comparison-sides">
        <Side
          title="rx-sse"
          tone={toneOf(state.status)}
          says={saysOf(state.status, state.error)}
          text={state.value}
          whole={undefined}
          words={wordsOf(state.status)}
          isHonest={true}
        />
        <Side
          title="fetch and a loop"
          tone={LOOP_TONE[loop.status]}
          says={loop.says === '' ? loop.status : loop.says}
          text={loop.text}
          whole={loop.honest === false ? whole : undefined}
          words={loop.words}
          isHonest={loop.honest !== false}
        />
      </div>
      <details class="loop-code">
        <summary>The loop</summary>
        <pre>{loopCode(dialectOf(run.order))}</pre>
      </details>
    </section>
  )
}

const wholeOf = (settings: Settings): string => answerText(settings)

const dialectOf = (order: Order): DialectName =>
  order.type === 'own' ? order.form.dialect : order.settings.dialect

const toneOf = (status: string): Tone =>
  status === 'done'
    ? 'whole'
    : status === 'failed'
      ? 'failed'
      : status === 'waiting'
        ? 'waiting'
        : status === 'cancelled'
          ? 'calm'
          : 'alive'

function saysOf(status: string, error: Error | undefined): string {
  if (status === 'done') return 'complete'
  if (status === 'failed') return error === undefined ? 'failed' : nameOf(error)
  return status === 'cancelled' ? 'stopped' : status
}

function wordsOf(status: string): string {
  if (status === 'done') return 'True: the end marker has proved it.'
  if (status === 'failed') return 'True: it says that this is not the whole, and why.'
  if (status === 'cancelled') return 'True: you have stopped it.'
  return 'It has not given up yet.'
}

interface SideProps {
  readonly title: string
  readonly tone: Tone
  readonly says: string
  readonly text: string
  /** The whole answer, to show what is missing. */
  readonly whole: string | undefined
  readonly words: string
  readonly isHonest: boolean
}

const TAIL = 96
const LOST = 52

function Side({ title, tone, says, text, whole, words, isHonest }: SideProps) {
  const lost = whole?.startsWith(text) ? whole.slice(text.length) : ''
  return (
    <div class="side" data-honest={isHonest}>
      <h4>{title}</h4>
      <p class="side-says">{isHonest ? <StateBadge tone={tone} word={says} /> : <Breakable text={says} />}</p>
      <p class="side-text">
        {text === '' ? <em>nothing</em> : text.length > TAIL ? `… ${fromWord(text.slice(-TAIL))}` : text}
        {lost === '' ? null : (
          <s class="lost">
            <span class="visually-hidden">Never arrived: </span>
            {lost.length > LOST ? `${lost.slice(0, LOST)}…` : lost}
          </s>
        )}
      </p>
      <p class="side-words">
        <Icon name={isHonest ? 'tick' : 'warning'} />
        {words}
      </p>
    </div>
  )
}

const fromWord = (text: string): string => text.slice(text.indexOf(' ') + 1)
