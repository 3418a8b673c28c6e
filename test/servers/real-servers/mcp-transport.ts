import { type ResponseHead, type Transport, undiciTransport } from '../../../src/index.ts'

/** The transport of the library, and what it makes of each head. */
export const seeing = (
  onHeader: (header: ResponseHead['header']) => void,
  inner: Transport = undiciTransport(),
): Transport => ({
  name: 'seeing',
  send: (request, sink) =>
    inner.send(request, {
      ...sink,
      onHead(head) {
        onHeader(head.header)
        sink.onHead(head)
      },
    }),
})

const [TAB, LF, CR] = [0x09, 0x0a, 0x0d]

/** An answer in JSON as the stream of one event: which of the two comes is for the server to say. */
export const jsonAsEvent = (inner: Transport): Transport => ({
  name: 'json-as-event',
  send(request, sink) {
    let isJson = false
    return inner.send(request, {
      ...sink,
      onHead(head) {
        isJson = head.status === 200 && /^application\/json\b/i.test(head.header('content-type') ?? '')
        if (!isJson) {
          sink.onHead(head)
          return
        }
        const header: ResponseHead['header'] = (name) =>
          name === 'content-type' ? 'text/event-stream' : head.header(name)
        sink.onHead({ status: head.status, header })
        sink.onChunk(Buffer.from('data: '))
      },
      // Inside JSON these are white space, in an event stream they would end the line.
      onChunk: (chunk) =>
        sink.onChunk(isJson ? chunk.map((byte) => (byte === LF || byte === CR ? TAB : byte)) : chunk),
      onEnd() {
        if (isJson) sink.onChunk(Buffer.from('\n\n'))
        sink.onEnd()
      },
    })
  },
})
