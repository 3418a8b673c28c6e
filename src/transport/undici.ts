import type { Socket } from 'node:net'
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
} from './transport.ts'
import { dispatchClaimingSocket, sharedAgent } from './undici-agent.ts'

/** How much of a body is read after its end marker so that the connection can be kept. */
const RELEASE_BYTES = 64 * 1024
const RELEASE_MS = 1_000

/**
 * HTTP over undici's `dispatch`: no promise, no Node stream, no AbortSignal per request or chunk.
 *
 * @param dispatcher - any undici dispatcher; left out: an Agent of our own, shared by all requests.
 */
export function undiciTransport(dispatcher?: Dispatcher): Transport {
  return {
    name: 'undici',
    send(request, sink) {
      const exchange = new UndiciExchange(dispatcher ?? sharedAgent(), sink)
      exchange.dispatch(request)
      return exchange
    },
  }
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

const lookup = (headers: Headers): ResponseHead['header'] => {
  return (name) => {
    const value = headers[name]
    return Array.isArray(value) ? value.join(', ') : value
  }
}

/** A single exchange, over all its redirects. Also the handler that undici calls. */
class UndiciExchange implements Exchange, Dispatcher.DispatchHandler {
  readonly #dispatcher: Dispatcher
  readonly #sink: TransportSink
  #request: TransportRequest | undefined
  #redirects = 0
  /** Set while a redirect's own body is being thrown away: the request to make after it. */
  #next: TransportRequest | undefined
  #controller: Dispatcher.DispatchController | undefined
  #connecting: Socket | undefined
  #headSeen = false
  #coding: CodingDecoder | undefined
  #paused = false
  #codingFull = false
  #bodyEnded = false
  /** A transport failure that waits until the coding has given out what it holds. */
  #codingFailure: TransportFailure | undefined
  #state: 'active' | 'released' | 'over' = 'active'
  #releasedBytes = 0
  #releaseTimer: ReturnType<typeof setTimeout> | undefined

  constructor(dispatcher: Dispatcher, sink: TransportSink) {
    this.#dispatcher = dispatcher
    this.#sink = sink
  }

  dispatch(request: TransportRequest): void {
    this.#request = request
    this.#bodyEnded = false
    this.#controller = undefined
    try {
      this.#connecting = dispatchClaimingSocket(
        this.#dispatcher,
        {
          origin: request.url.origin,
          path: request.url.pathname + request.url.search,
          method: request.method,
          headers: Object.fromEntries(request.headers),
          body: (request.body as string | Buffer | undefined) ?? null,
          // The session's deadlines replace undici's 300 s.
          headersTimeout: 0,
          bodyTimeout: 0,
        },
        this,
      )
      if (this.#controller !== undefined) this.#connecting = undefined
    } catch (error) {
      // Not at once: the caller does not hold the exchange yet.
      queueMicrotask(() => this.#fail(failureBeforeHead(error, request.url.origin)))
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#connecting = undefined
    if (this.#state === 'over') {
      controller.abort(new Error('aborted'))
      return
    }
    this.#controller = controller
    this.#sink.onConnected()
  }

  onResponseStart(_: unknown, status: number, headers: Headers): void {
    if (this.#state !== 'active' || status < 200) return
    const request = this.#request as TransportRequest
    const header = lookup(headers)
    if (isRedirect(status)) {
      this.#redirects++
      const next = redirected(request, status, header('location'), this.#redirects)
      if ('code' in next) this.#fail(next)
      else this.#follow(next, header('content-length') === '0')
      return
    }
    this.#headSeen = true
    const codings = codingsOf(header('content-encoding'))
    if (codings.length > 0) {
      if (!canDecode(codings)) {
        this.#fail({ code: 'unsupported_encoding', message: `the body is coded as "${codings.join(', ')}"` })
        return
      }
      this.#startCoding(codings)
    }
    // A pause may have come before there was anything to pause.
    if (this.#paused) this.pause()
    this.#sink.onHead({ status, header })
  }

  onResponseData(_: unknown, chunk: Uint8Array): void {
    if (this.#state === 'released') {
      this.#releasedBytes += chunk.length
      if (this.#releasedBytes > RELEASE_BYTES) this.abort()
    } else if (this.#state === 'active' && this.#next === undefined) {
      if (this.#coding === undefined) {
        this.#sink.onChunk(chunk)
      } else if (!this.#coding.write(chunk)) {
        this.#codingFull = true
        this.#controller?.pause()
      }
    }
  }

  onResponseEnd(): void {
    this.#bodyEnded = true
    const next = this.#takeNext()
    if (next !== undefined) {
      this.dispatch(next)
    } else if (this.#state === 'released') {
      this.#close()
    } else if (this.#state === 'active') {
      if (this.#coding === undefined) {
        this.#close()
        this.#sink.onEnd()
      } else {
        this.#coding.end()
      }
    }
  }

  onResponseError(_: unknown, error: unknown): void {
    this.#bodyEnded = true
    const next = this.#takeNext()
    if (next !== undefined) {
      this.dispatch(next)
      return
    }
    if (this.#state !== 'active') {
      this.#close()
      return
    }
    if (!this.#headSeen) {
      this.#fail(failureBeforeHead(error, (this.#request as TransportRequest).url.origin))
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

  pause(): void {
    this.#paused = true
    if (this.#coding === undefined) this.#controller?.pause()
    else this.#coding.pause()
  }

  resume(): void {
    this.#paused = false
    this.#coding?.resume()
    // The controller too may have been paused: before the head had brought a coding.
    if (!this.#codingFull) this.#controller?.resume()
  }

  abort(): void {
    if (this.#state === 'over') return
    this.#close()
    this.#controller?.abort(new Error('aborted'))
    this.#connecting?.destroy(new Error('aborted'))
  }

  release(): void {
    if (this.#state !== 'active') return
    this.#state = 'released'
    this.#coding?.destroy()
    this.#releaseTimer = setTimeout(() => this.abort(), RELEASE_MS)
    this.#releaseTimer.unref()
    if (this.#paused || this.#codingFull) this.#controller?.resume()
  }

  #startCoding(codings: readonly string[]): void {
    this.#coding = createCodingDecoder(codings, {
      onChunk: (chunk) => this.#sink.onChunk(chunk),
      onDrain: () => {
        this.#codingFull = false
        this.#controller?.resume()
      },
      onEnd: () => {
        const failure = this.#codingFailure
        if (failure !== undefined) {
          this.#fail(failure)
        } else if (this.#state === 'active') {
          // A coding can end before its body does; what follows it is nobody's.
          if (this.#bodyEnded) this.#close()
          else this.abort()
          this.#sink.onEnd()
        }
      },
      onError: (error) => {
        if (this.#state !== 'active') return
        // After a transport failure a cut coding is its consequence, not news.
        this.#fail(this.#codingFailure ?? failureOfCoding(codings.join(', '), error))
      },
    })
  }

  /** The next request is made at once: the body of a redirect is not waited for, it may never end. */
  #follow(next: TransportRequest, bodyIsEmpty: boolean): void {
    this.#next = next
    this.#sink.onConnecting?.()
    if (!bodyIsEmpty) this.#controller?.abort(new Error('redirected'))
  }

  #takeNext(): TransportRequest | undefined {
    const next = this.#next
    this.#next = undefined
    return this.#state === 'active' ? next : undefined
  }

  #fail(failure: TransportFailure): void {
    if (this.#state !== 'active') return
    this.abort()
    this.#sink.onFailure(failure)
  }

  #close(): void {
    this.#state = 'over'
    this.#coding?.destroy()
    if (this.#releaseTimer !== undefined) clearTimeout(this.#releaseTimer)
  }
}
