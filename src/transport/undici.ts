import type { Dispatcher } from 'undici'
import { type CodingDecoder, canDecode, codingsOf, createCodingDecoder } from './coding.ts'
import { failureAfterHead, failureBeforeHead, failureOfCoding } from './failure.ts'
import { isRedirect, redirected } from './redirect.ts'
import type {
  Exchange,
  ResponseHead,
  Transport,
  TransportFailure,
  TransportRequest,
  TransportSink,
  UndiciDispatcher,
} from './transport.ts'
import { sharedAgent } from './undici-agent.ts'
import { Hop, type HopListener, type UndiciHeaders } from './undici-hop.ts'

/**
 * HTTP over undici's `dispatch`: no promise, no Node stream, no AbortSignal per request or chunk.
 *
 * @param dispatcher - any undici dispatcher; left out: an Agent of our own, shared by all requests.
 */
export function undiciTransport(dispatcher?: UndiciDispatcher): Transport {
  return {
    name: 'undici',
    send(request, sink) {
      const exchange = new UndiciExchange((dispatcher as Dispatcher | undefined) ?? sharedAgent(), sink)
      exchange.send(request)
      return exchange
    },
  }
}

const lookup = (headers: UndiciHeaders): ResponseHead['header'] => {
  return (name) => {
    const value = Object.hasOwn(headers, name) ? headers[name] : undefined
    return Array.isArray(value) ? value.join(', ') : value
  }
}

/** A single exchange, over all its redirects. */
class UndiciExchange implements Exchange, HopListener {
  readonly #dispatcher: Dispatcher
  readonly #sink: TransportSink
  #hop: Hop | undefined
  /** Until its final head has come: what an open stream does not need it does not hold. */
  #request: TransportRequest | undefined
  #redirects = 0
  #bodyEnded = false
  #coding: CodingDecoder | undefined
  #codingFull = false
  /** The body cannot be decoded, and its head says enough. */
  #isOpaque = false
  #paused = false
  #over = false
  /** A transport failure that waits until the coding has given out what it holds. */
  #codingFailure: TransportFailure | undefined

  constructor(dispatcher: Dispatcher, sink: TransportSink) {
    this.#dispatcher = dispatcher
    this.#sink = sink
  }

  send(request: TransportRequest): void {
    const hop = new Hop(this)
    this.#request = request
    this.#hop = hop
    hop.dispatch(this.#dispatcher, request)
  }

  pause(): void {
    this.#paused = true
    if (this.#coding === undefined) this.#hop?.pause()
    else this.#coding.pause()
  }

  resume(): void {
    this.#paused = false
    this.#coding?.resume()
    // The response too may have been paused: before its head had brought a coding.
    if (!this.#codingFull) this.#hop?.resume()
  }

  abort(): void {
    this.#close()
    this.#hop?.abort()
  }

  release(): void {
    if (this.#over) return
    this.#close()
    this.#hop?.drain()
  }

  onStart(): void {
    this.#sink.onConnected()
  }

  onHead(status: number, headers: UndiciHeaders): void {
    const header = lookup(headers)
    const request = this.#request
    if (isRedirect(status) && request !== undefined) {
      this.#redirect(request, status, header('location'))
      return
    }
    this.#request = undefined
    const codings = codingsOf(header('content-encoding'))
    if (codings.length > 0) {
      if (canDecode(codings)) {
        this.#startCoding(codings)
      } else if (status === 200) {
        this.#fail({ code: 'unsupported_encoding', message: `the body is coded as "${codings.join(', ')}"` })
        return
      } else {
        this.#isOpaque = true
      }
    }
    // A pause may have come before there was anything to pause.
    if (this.#paused) this.pause()
    this.#sink.onHead({ status, header })
  }

  /** The next request is made at once: the body of a redirect is not waited for, it may never end. */
  #redirect(request: TransportRequest, status: number, location: string | undefined): void {
    this.#redirects++
    const next = redirected(request, status, location, this.#redirects)
    if ('code' in next) {
      this.#fail(next)
      return
    }
    this.#hop?.drain()
    this.#sink.onConnecting?.()
    this.send(next)
  }

  onData(chunk: Uint8Array): void {
    if (this.#isOpaque) return
    if (this.#coding === undefined) {
      this.#sink.onChunk(chunk)
    } else {
      this.#sink.onReceived?.()
      if (this.#coding.write(chunk)) return
      this.#codingFull = true
      this.#hop?.pause()
    }
  }

  onEnd(): void {
    this.#bodyEnded = true
    if (this.#coding !== undefined) {
      this.#coding.end()
    } else {
      this.#close()
      this.#sink.onEnd()
    }
  }

  onError(error: unknown): void {
    this.#bodyEnded = true
    if (this.#request !== undefined) {
      this.#fail(failureBeforeHead(error, this.#request.url.origin))
      return
    }
    const failure = failureAfterHead(error)
    if (this.#coding === undefined) {
      this.#fail(failure)
    } else {
      // What was received before the cut is still inside the coding and belongs to the consumer.
      this.#codingFailure = failure
      this.#coding.end()
    }
  }

  #startCoding(codings: readonly string[]): void {
    this.#coding = createCodingDecoder(codings, {
      onChunk: (chunk) => this.#sink.onChunk(chunk),
      onDrain: () => {
        this.#codingFull = false
        this.#hop?.resume()
      },
      onEnd: () => {
        if (this.#codingFailure !== undefined) {
          this.#fail(this.#codingFailure)
        } else {
          // A coding can end before its body does; what follows it is nobody's.
          if (this.#bodyEnded) this.#close()
          else this.abort()
          this.#sink.onEnd()
        }
      },
      // After a transport failure a cut coding is its consequence, not news.
      onError: (error) => this.#fail(this.#codingFailure ?? failureOfCoding(codings.join(', '), error)),
    })
  }

  #fail(failure: TransportFailure): void {
    if (this.#over) return
    this.abort()
    this.#sink.onFailure(failure)
  }

  #close(): void {
    this.#over = true
    this.#coding?.destroy()
  }
}
