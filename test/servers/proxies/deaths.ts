import type { ServerResponse } from 'node:http'
import { type Answer, type Fault, gatewayError, scenarios } from '../../../src/testing/index.ts'
import { type Framing, MIDWAY, written } from './completion.ts'
import { type DyingOrigin, dyingHttp2Origin, dyingOrigin, killedOrigin } from './dying-origins.ts'

/** A way for an origin to leave its stream unfinished. */
export interface Death {
  readonly name: string
  readonly kind: 'stream_terminated' | 'stream_error'
  /** An origin that dies when it is told to. */
  start(): Promise<DyingOrigin>
  /** The same as an answer of the fault server, which strikes at once: what was sent before it may not get through. */
  readonly answer?: Answer
  /** It takes a proxy that gives up on a silent origin. */
  readonly hasty?: true
}

const after = { events: MIDWAY }

const terminated = (
  name: string,
  fault: Fault,
  die: (response: ServerResponse) => void,
  framing: Framing = 'chunked',
) => ({
  name,
  kind: 'stream_terminated' as const,
  start: () => dyingOrigin(die, framing),
  answer: { fault, framing },
})

const fin = ({ socket }: ServerResponse): void => void socket?.end()
const rst = ({ socket }: ServerResponse): void => void socket?.resetAndDestroy()

const page = scenarios['appended-html'].answers?.[0]?.fault as Extract<Fault, { type: 'append' }>
const { body: envelope } = gatewayError('model_overloaded')

const reported = (
  name: string,
  fault: Omit<Extract<Fault, { type: 'in-band-error' }>, 'type' | 'after'>,
) => ({
  name,
  kind: 'stream_error' as const,
  start: () =>
    dyingOrigin(
      (response) =>
        void response.end(
          `${fault.framing === 'event' ? 'event: error\n' : ''}data: ${envelope}\n\n${fault.done ? 'data: [DONE]\n\n' : ''}`,
        ),
      'chunked',
    ),
  answer: { fault: { type: 'in-band-error', after, ...fault } as Fault },
})

/** What an HTTP/1.1 origin can do. */
export const deaths = [
  terminated('FIN', { type: 'fin', after }, fin),
  terminated('RST', { type: 'rst', after }, rst),
  { name: 'SIGKILL', kind: 'stream_terminated', start: killedOrigin },
  { ...terminated('silence', { type: 'stall', after }, () => {}), hasty: true },
  terminated('clean end', { type: 'clean-end', after }, (response) => void response.end()),
  terminated(
    'clean end inside an event',
    { type: 'clean-end', after: { ...after, bytes: 40 } },
    (response) => void response.end(written(MIDWAY, MIDWAY + 1).slice(0, 40)),
  ),
  terminated('broken chunk size', { type: 'bad-chunk-size', after }, ({ socket }) => {
    socket?.end('not-a-chunk-size\r\n')
  }),
  terminated('FIN, body unframed', { type: 'fin', after }, fin, 'unframed'),
  terminated('RST, body unframed', { type: 'rst', after }, rst, 'unframed'),
  terminated('FIN, short of Content-Length', { type: 'fin', after }, fin, 'content-length'),
  terminated('RST, short of Content-Length', { type: 'rst', after }, rst, 'content-length'),
  reported('error as data', {}),
  reported('error as an event', { framing: 'event' }),
  reported('error, then `[DONE]`', { done: true }),
  terminated('error page appended', page, (response) => void response.end(page.text)),
] as const satisfies readonly Death[]

/** What an HTTP/2 origin can do. */
export const http2Deaths = [
  {
    name: 'connection lost',
    kind: 'stream_terminated',
    start: () => dyingHttp2Origin((_, connection) => void connection.destroy()),
  },
  {
    name: 'RST_STREAM',
    kind: 'stream_terminated',
    start: () => dyingHttp2Origin((stream) => void stream.destroy(new Error('given up'))),
  },
  {
    name: 'END_STREAM',
    kind: 'stream_terminated',
    start: () => dyingHttp2Origin((stream) => void stream.end()),
  },
] as const satisfies readonly Death[]
