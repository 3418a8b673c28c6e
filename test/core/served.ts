import type { Transport } from '../../src/index.ts'

/** A transport that gives one answer, an event stream in these chunks, and ends it cleanly. No sockets: for bodies by the hundred. */
export const served = (chunks: readonly Uint8Array[]): Transport => ({
  name: 'served',
  send(_, sink) {
    queueMicrotask(() => {
      sink.onConnected()
      sink.onHead({
        status: 200,
        header: (name) => (name === 'content-type' ? 'text/event-stream' : undefined),
      })
      for (const chunk of chunks) sink.onChunk(chunk)
      sink.onEnd()
    })
    return { pause() {}, resume() {}, abort() {}, release() {} }
  },
})
