import type { Fault, Http2ErrorCode } from '../../src/testing/index.ts'
import type { Resumable } from './resumable.ts'

export type Protocol = 'http/1.1' | 'h2'

/** What stands in a body where it breaks. */
interface BreakPoint {
  readonly stream: Resumable
  /** Bytes of the body. */
  readonly at: number
  /** The ID that the next event would have had. */
  readonly nextId: string | undefined
}

/** A way in which a body stops before its end. */
export interface Death {
  readonly name: string
  readonly protocol?: Protocol
  /**
   * It takes the whole connection with it.
   *
   * Over HTTP/2 such a stream must be alone on its connection, or it takes its neighbours with it.
   */
  readonly endsConnection: boolean
  /** A silence: only a deadline of the client's ends it. */
  readonly isSilent?: true
  /** It takes a tenth of a second or more. */
  readonly isSlow?: true
  /**
   * It is told between two events.
   *
   * A server that still lives writes its events whole. Its error inside another event would be a line of that event, and
   * a blank line before it would dispatch what is cut as if it were whole, ID and all: to the bytes, neither is an error.
   */
  readonly isInBand?: true
  /** Of which dialects it is no part. */
  readonly notOf?: readonly string[]
  /** What the fault server does; or what it says instead of the rest before it ends the body well. */
  strike(point: BreakPoint): Fault | { readonly says: string }
}

/** On a feed errors are the application's own events [whatwg]. */
const ENDLESS = 'event-source'

const shapeOf = ({ dialectName }: Resumable) => (dialectName === 'anthropic-messages' ? 'typed' : 'envelope')

/** With the ID of the event that it comes instead of: who took it for the cursor would lose that event. */
function errorWithId({ stream, nextId }: BreakPoint): { readonly says: string } {
  const id = nextId === undefined ? '' : `id: ${nextId}\n`
  return stream.dialectName === 'anthropic-messages'
    ? {
        says: `event: error\n${id}data: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n`,
      }
    : {
        says: `${id}data: {"error":{"type":"server_error","code":"model_overloaded","message":"Overloaded"}}\n\n`,
      }
}

const reset = (code: Http2ErrorCode): Death => ({
  name: `RST_STREAM ${code}`,
  protocol: 'h2',
  endsConnection: false,
  strike: ({ at }) => ({ type: 'stream-reset', code, after: { bytes: at } }),
})

const goaway = (code: Http2ErrorCode, lastStream: 'this' | 'before'): Death => ({
  name: `GOAWAY ${code}, ${lastStream === 'this' ? 'this stream included' : 'this stream refused'}, and FIN`,
  protocol: 'h2',
  endsConnection: true,
  strike: ({ at }) => ({ type: 'goaway', code, lastStream, after: { bytes: at } }),
})

const DEATHS: readonly Death[] = [
  // First: to look whether all has arrived takes the longer, the more closed connections the system still keeps.
  {
    name: 'RST',
    endsConnection: true,
    isSlow: true,
    strike: ({ at }) => ({ type: 'rst', after: { bytes: at } }),
  },
  { name: 'FIN', endsConnection: true, strike: ({ at }) => ({ type: 'fin', after: { bytes: at } }) },
  {
    name: 'a clean end',
    endsConnection: false,
    strike: ({ at }) => ({ type: 'clean-end', after: { bytes: at } }),
  },
  {
    name: 'an end short of the Content-Length',
    // Over HTTP/2 a client's nghttp2 finds it out frame by frame, and may throw away data that came with it.
    protocol: 'http/1.1',
    endsConnection: true,
    strike: ({ at }) => ({ type: 'short-content-length', after: { bytes: at } }),
  },
  {
    name: 'broken chunks',
    protocol: 'http/1.1',
    endsConnection: true,
    strike: ({ at }) => ({ type: 'bad-chunk-size', after: { bytes: at } }),
  },
  {
    name: 'a stall',
    endsConnection: false,
    isSilent: true,
    isSlow: true,
    strike: ({ at }) => ({ type: 'stall', after: { bytes: at } }),
  },
  {
    name: 'an error event',
    endsConnection: false,
    isInBand: true,
    notOf: [ENDLESS],
    strike: ({ stream, at }) => ({ type: 'in-band-error', shape: shapeOf(stream), after: { bytes: at } }),
  },
  {
    name: 'an error event and [DONE]',
    endsConnection: false,
    isInBand: true,
    notOf: [ENDLESS, 'anthropic-messages'],
    strike: ({ at }) => ({ type: 'in-band-error', done: true, after: { bytes: at } }),
  },
  {
    name: 'an error event with the next ID',
    endsConnection: false,
    isInBand: true,
    notOf: [ENDLESS],
    strike: errorWithId,
  },
  reset('NO_ERROR'),
  reset('INTERNAL_ERROR'),
  reset('REFUSED_STREAM'),
  reset('CANCEL'),
  goaway('NO_ERROR', 'this'),
  goaway('INTERNAL_ERROR', 'before'),
]

/** All that this dialect can die of over this protocol. */
export const deathsOf = (dialectName: string, protocol: Protocol): readonly Death[] =>
  DEATHS.filter(
    (death) => (death.protocol ?? protocol) === protocol && death.notOf?.includes(dialectName) !== true,
  )
