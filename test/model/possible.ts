import type { Model } from './model.ts'
import { BROKEN, type Step, type StepSpec } from './steps.ts'
import { bytesOf } from './wire.ts'

/** What a transport that has been left may still try. */
export const LATE: Readonly<Record<string, Step>> = {
  connected: { do: 'connected' },
  connecting: { do: 'connecting' },
  received: { do: 'received' },
  head: { do: 'head', head: { status: 200, contentType: 'text/event-stream' } },
  'error head': { do: 'head', head: { status: 503, contentType: 'application/json' } },
  chunk: {
    do: 'chunk',
    bytes: bytesOf('id: late\ndata: late\n\nretry: 9\n\ndata: [DONE]\n\n'),
    blocks: [],
    half: undefined,
  },
  end: { do: 'end' },
  failure: { do: 'failure', breakage: 'socket_closed' },
}

/** May the transport do this now, by its own contract? */
export function isPossible(model: Readonly<Model>, spec: StepSpec): boolean {
  const { attempt } = model
  if (attempt === undefined) return false
  const { head, errorBody, half } = attempt
  switch (spec.do) {
    case 'connected':
    case 'connecting':
    case 'head':
      return head === undefined
    case 'chunk':
      return head !== undefined && errorBody === undefined && half === undefined
    case 'rest':
      return half !== undefined
    case 'error body':
      return errorBody !== undefined && errorBody.envelope === undefined
    case 'failure':
      return (head === undefined) === (BROKEN[spec.breakage].when === 'before the head')
    default:
      return true
  }
}
