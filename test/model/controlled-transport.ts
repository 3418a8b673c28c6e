import type { Exchange, Transport, TransportRequest, TransportSink } from '../../src/index.ts'

/** One request, and the sink that the test drives by hand. */
export class ControlledExchange implements Exchange {
  readonly request: TransportRequest
  readonly sink: TransportSink
  /** How often, and how at last, the session has left it. */
  leaves = 0
  left: 'aborted' | 'released' | undefined
  paused = false
  /** `send` has not returned: the session cannot leave what it was not given. */
  sending = true

  constructor(request: TransportRequest, sink: TransportSink) {
    this.request = request
    this.sink = sink
  }

  pause(): void {
    this.paused = true
  }

  resume(): void {
    this.paused = false
  }

  abort(): void {
    this.left = 'aborted'
    this.leaves++
  }

  release(): void {
    this.left = 'released'
    this.leaves++
  }
}

/** A transport that does nothing by itself. */
export class ControlledTransport implements Transport {
  readonly name = 'controlled'
  readonly exchanges: ControlledExchange[] = []
  readonly #onSend: (exchange: ControlledExchange) => void

  constructor(onSend: (exchange: ControlledExchange) => void) {
    this.#onSend = onSend
  }

  send(request: TransportRequest, sink: TransportSink): Exchange {
    const exchange = new ControlledExchange(request, sink)
    this.exchanges.push(exchange)
    try {
      this.#onSend(exchange)
    } catch (error) {
      // Nothing was sent, so there is nothing to leave.
      exchange.left = 'aborted'
      throw error
    } finally {
      exchange.sending = false
    }
    return exchange
  }

  /** Those that the session still holds. */
  get held(): readonly ControlledExchange[] {
    return this.exchanges.filter(({ left, sending }) => left === undefined && !sending)
  }
}
