import {
  type Block,
  type BlockSpec,
  bytesOf,
  cutBlock,
  type Half,
  type ReportedCode,
  showBlock,
  type Writer,
  writeBlock,
} from './wire.ts'

/** The head of a response, as the server means it. */
export interface HeadSpec {
  readonly status: number
  readonly contentType: 'text/event-stream' | 'application/json'
  readonly retryAfterMs?: number | undefined
  readonly shouldRetry?: boolean | undefined
  readonly requestId?: string | undefined
}

/** How a transport says that nothing more comes. */
export const BROKEN = {
  connection_failed: { when: 'before the head', failure: { code: 'connection_failed', message: 'refused' } },
  tls_failed: { when: 'before the head', failure: { code: 'tls_failed', message: 'no TLS' } },
  socket_closed: {
    when: 'after the head',
    failure: { code: 'stream_terminated', reason: 'socket_closed', message: 'closed' },
  },
  socket_reset: {
    when: 'after the head',
    failure: { code: 'stream_terminated', reason: 'socket_reset', message: 'reset' },
  },
  goaway: {
    when: 'after the head',
    failure: { code: 'stream_terminated', reason: 'goaway', message: 'goaway' },
  },
} as const

export type Breakage = keyof typeof BROKEN

/** One thing that a transport does, to be filled in when it does it. */
export type StepSpec =
  | { readonly do: 'rest' }
  | { readonly do: 'connected' | 'connecting' | 'received' | 'end' }
  | { readonly do: 'head'; readonly head: HeadSpec }
  | {
      readonly do: 'chunk'
      readonly blocks: readonly BlockSpec[]
      readonly half?: { readonly block: BlockSpec; readonly share: number } | undefined
    }
  | { readonly do: 'error body'; readonly envelope: ReportedCode }
  | { readonly do: 'failure'; readonly breakage: Breakage }

/** The same, filled in. */
export type Step =
  | { readonly do: 'connected' | 'connecting' | 'received' | 'end' }
  | { readonly do: 'head'; readonly head: HeadSpec }
  | {
      readonly do: 'chunk'
      readonly bytes: Uint8Array
      readonly blocks: readonly Block[]
      readonly half: Half | undefined
    }
  | { readonly do: 'error body'; readonly bytes: Uint8Array; readonly envelope: ReportedCode }
  | { readonly do: 'failure'; readonly breakage: Breakage }

/** @param pending - the block of which a part was sent */
export function fillIn(spec: StepSpec, writer: Writer, pending: Half | undefined): Step {
  switch (spec.do) {
    case 'rest': {
      if (pending === undefined) throw new Error('there is no half of which this is the rest')
      return {
        do: 'chunk',
        bytes: pending.bytes.slice(pending.cut),
        blocks: [pending.block],
        half: undefined,
      }
    }
    case 'chunk': {
      const blocks = spec.blocks.map((block) => writeBlock(block, writer))
      const half = spec.half && cutBlock(writeBlock(spec.half.block, writer), spec.half.share)
      const whole = bytesOf(blocks.map(({ text }) => text).join(''))
      const part = half === undefined ? new Uint8Array() : half.bytes.slice(0, half.cut)
      return { do: 'chunk', bytes: Buffer.concat([whole, part]), blocks, half }
    }
    case 'error body': {
      const { envelope } = spec
      const body = `{"error":{"type":"t","code":"${envelope}","message":"refused"}}`
      return { do: 'error body', bytes: bytesOf(body), envelope }
    }
    default:
      return spec
  }
}

export function showStep(spec: StepSpec): string {
  switch (spec.do) {
    case 'head': {
      const { status, contentType, retryAfterMs, shouldRetry } = spec.head
      const stream = contentType === 'text/event-stream' ? '' : ` ${contentType}`
      const after = retryAfterMs === undefined ? '' : ` Retry-After ${retryAfterMs} ms`
      return `HTTP ${status}${stream}${after}${shouldRetry === undefined ? '' : ` x-should-retry ${shouldRetry}`}`
    }
    case 'chunk': {
      const half = spec.half && `${Math.round(spec.half.share * 100)} % of ${showBlock(spec.half.block)}`
      return `chunk [${[...spec.blocks.map(showBlock), ...(half === undefined ? [] : [half])].join(', ')}]`
    }
    case 'error body':
      return `error body ${spec.envelope}`
    case 'failure':
      return spec.breakage
    case 'end':
      return 'clean end'
    case 'rest':
      return 'rest of the block'
    default:
      return spec.do
  }
}
