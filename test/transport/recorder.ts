import type {
  ResponseHead,
  TransportFailure,
  TransportRequest,
  TransportSink,
} from '../../src/transport/transport.ts'

/** What a sink is told, in words and in its order. */
export interface Recorder extends TransportSink {
  readonly told: string[]
  readonly head: ResponseHead | undefined
  readonly failure: TransportFailure | undefined
  /** Of the body. */
  readonly bytes: number
  readonly isOver: boolean
}

/** @param during - what the consumer does inside a call */
export function recorder(during: Partial<TransportSink> = {}): Recorder {
  const told: string[] = []
  const seen: { head?: ResponseHead; failure?: TransportFailure; bytes: number } = { bytes: 0 }
  return {
    told,
    get head() {
      return seen.head
    },
    get failure() {
      return seen.failure
    },
    get bytes() {
      return seen.bytes
    },
    get isOver() {
      return told.at(-1) === 'end' || told.at(-1)?.startsWith('failure') === true
    },
    onConnected() {
      told.push('connected')
      during.onConnected?.()
    },
    onConnecting() {
      told.push('connecting')
      during.onConnecting?.()
    },
    onHead(head) {
      told.push(`head ${head.status}`)
      seen.head = head
      during.onHead?.(head)
    },
    onChunk(chunk) {
      told.push(`chunk ${new TextDecoder().decode(chunk.subarray(0, 20))}`)
      seen.bytes += chunk.length
      during.onChunk?.(chunk)
    },
    onEnd() {
      told.push('end')
      during.onEnd?.()
    },
    onFailure(failure) {
      told.push(`failure ${failure.code}${failure.reason === undefined ? '' : ` ${failure.reason}`}`)
      seen.failure = failure
      during.onFailure?.(failure)
    },
  }
}

export const requestTo = (url: string, more: Partial<TransportRequest> = {}): TransportRequest => ({
  method: 'GET',
  url: new URL(url),
  headers: new Map(),
  body: undefined,
  sensitiveHeaders: [],
  ...more,
})
