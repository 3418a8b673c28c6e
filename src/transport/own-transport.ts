import type { Transport } from './transport.ts'

/** A transport of the caller's. It may take its sink apart, and is shown nothing else of the session. */
export const ownTransport = (transport: Transport): Transport => ({
  name: transport.name,
  send: (request, sink) =>
    transport.send(request, {
      onConnected: () => sink.onConnected(),
      onConnecting: () => sink.onConnecting?.(),
      onHead: (head) => sink.onHead(head),
      onReceived: () => sink.onReceived?.(),
      onChunk: (chunk) => sink.onChunk(chunk),
      onEnd: () => sink.onEnd(),
      onFailure: (failure) => sink.onFailure(failure),
    }),
})
