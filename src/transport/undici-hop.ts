import type { Socket } from 'node:net'
import type { Dispatcher } from 'undici'
import type { TransportRequest } from './transport.ts'
import { dispatchClaimingSocket } from './undici-agent.ts'

/** How much of a body that nobody wants is read so that its connection can be used again. */
const DRAIN_BYTES = 64 * 1024
const DRAIN_MS = 1_000

export type UndiciHeaders = Readonly<Record<string, string | string[] | undefined>>

/** Told what comes of a hop, until it is aborted or drained. */
export interface HopListener {
  onStart(): void
  onHead(status: number, headers: UndiciHeaders): void
  onData(chunk: Uint8Array): void
  onEnd(): void
  onError(error: unknown): void
}

/**
 * One request of an exchange, and the handler that undici calls for it. An object of its own for each: a dispatcher may
 * still call for a redirect's body when the next request is already under way.
 */
export class Hop implements Dispatcher.DispatchHandler {
  #listener: HopListener | undefined
  #controller: Dispatcher.DispatchController | undefined
  /** The socket that this request is still connecting. */
  #connecting: Socket | undefined
  #aborted = false
  #ended = false
  #drained = 0
  #drainTimer: ReturnType<typeof setTimeout> | undefined

  constructor(listener: HopListener) {
    this.#listener = listener
  }

  dispatch(dispatcher: Dispatcher, request: TransportRequest): void {
    try {
      const connecting = dispatchClaimingSocket(
        dispatcher,
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
      if (this.#controller === undefined && !this.#ended) this.#connecting = connecting
    } catch (error) {
      // Not at once: the caller does not hold the exchange yet.
      queueMicrotask(() => this.onResponseError(undefined, error))
    }
  }

  pause(): void {
    this.#controller?.pause()
  }

  resume(): void {
    this.#controller?.resume()
  }

  /** Ends the request at once, its connection with it. */
  abort(): void {
    this.#listener = undefined
    this.#stopDraining()
    if (this.#aborted || this.#ended) return
    this.#aborted = true
    this.#controller?.abort(new Error('aborted'))
    this.#connecting?.destroy(new Error('aborted'))
  }

  /** Nothing more of it is wanted; a short rest is read, a long one is not. */
  drain(): void {
    this.#listener = undefined
    if (this.#aborted || this.#ended) return
    this.#drainTimer = setTimeout(() => this.abort(), DRAIN_MS)
    this.#drainTimer.unref()
    this.#controller?.resume()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#connecting = undefined
    this.#controller = controller
    if (this.#aborted) controller.abort(new Error('aborted'))
    else this.#listener?.onStart()
  }

  onResponseStart(_: unknown, status: number, headers: UndiciHeaders): void {
    // An interim response: the final one follows [rfc9110 section 15.2].
    if (status >= 200) this.#listener?.onHead(status, headers)
  }

  onResponseData(_: unknown, chunk: Uint8Array): void {
    if (this.#listener !== undefined) {
      this.#listener.onData(chunk)
    } else {
      this.#drained += chunk.length
      if (this.#drained > DRAIN_BYTES) this.abort()
    }
  }

  onResponseEnd(): void {
    this.#ended = true
    this.#stopDraining()
    this.#listener?.onEnd()
  }

  onResponseError(_: unknown, error: unknown): void {
    this.#ended = true
    this.#stopDraining()
    this.#listener?.onError(error)
  }

  #stopDraining(): void {
    if (this.#drainTimer !== undefined) clearTimeout(this.#drainTimer)
    this.#drainTimer = undefined
  }
}
