import { Subject } from 'rxjs'
import { describe, expect, it } from 'vitest'
import type { EventStreamConfig, ServerSentEvent } from '../../src/index.ts'
import type { WaitingSignal } from '../../src/session/signal.ts'
import { type Reply, VirtualStream } from './virtual.ts'

/** The server asks for 50 s of patience. */
const BUSY: Reply = { status: 503, headers: { 'retry-after': '50' }, end: 'clean' }
const WHOLE: Reply = { text: 'data: a\n\ndata: [DONE]\n\n' }

const waitingOf = (stream: VirtualStream): WaitingSignal =>
  stream.signals.findLast((signal) => signal.type === 'waiting') as WaitingSignal

function notified(): { stream: VirtualStream; told: Subject<void> } {
  const told = new Subject<void>()
  const config: EventStreamConfig<ServerSentEvent> = { retry: { delay: () => told } }
  return { stream: new VirtualStream([BUSY, WHOLE], config).start(), told }
}

describe('a wait that was ended by hand', () => {
  it('is not made longer again by a notifier that speaks up at the same time', () => {
    const { stream, told } = notified()
    waitingOf(stream).retryNow()
    told.next()
    while (stream.ends.length === 0 && stream.clock.step());
    expect(stream.ends).toEqual(['complete'])
    expect(stream.pauses).toEqual([0])
  })

  it.each(['complete', 'error'] as const)('is not taken back by a notifier that says: %s', (how) => {
    const { stream, told } = notified()
    waitingOf(stream).retryNow()
    if (how === 'complete') told.complete()
    else told.error(new Error('no'))
    while (stream.ends.length === 0 && stream.clock.step());
    expect(stream.ends).toEqual(['complete'])
  })

  it('also at the floor that its notifier had left to wait for', () => {
    const { stream, told } = notified()
    told.next()
    waitingOf(stream).retryNow()
    while (stream.ends.length === 0 && stream.clock.step());
    expect(stream.pauses).toEqual([0])
  })

  it('does nothing once it was unsubscribed, or is over', () => {
    const { stream } = notified()
    const { retryNow } = waitingOf(stream)
    stream.session.stop()
    retryNow()
    while (stream.clock.step());
    expect(stream.requests).toHaveLength(1)
    const other = new VirtualStream([BUSY, { text: 'data: a\n\n', end: 'open' }]).start()
    const old = waitingOf(other)
    old.retryNow()
    other.clock.step()
    old.retryNow()
    while (other.clock.step());
    expect(other.requests).toHaveLength(2)
    other.session.stop()
  })
})
