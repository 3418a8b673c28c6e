import { fetchFailureAfterHead, fetchFailureBeforeHead } from './fetch-failure.ts'
import type { FetchBody, FetchInit, FetchLike, FetchResponse } from './fetch-like.ts'
import { isCredential, isRedirect, redirected } from './redirect.ts'
import type { Exchange, TransportFailure, TransportRequest, TransportSink } from './transport.ts'

/** How much of a body that nobody wants is read so that its connection can be used again. */
const DRAIN_BYTES = 64 * 1024
const DRAIN_MS = 1_000

type Reader = ReturnType<FetchBody['getReader']>

export interface FetchSettings extends Pick<FetchInit, 'credentials' | 'mode' | 'cache'> {
  readonly fetch: FetchLike | undefined
  readonly redirect: 'safe' | 'follow' | 'error'
}

/** One exchange over `fetch`, over all its redirects. */
export class FetchExchange implements Exchange {
  readonly #settings: FetchSettings
  readonly #sink: TransportSink
  readonly #abort = new AbortController()
  #reader: Reader | undefined
  #isReading = false
  #paused = false
  /** The sink hears nothing more. */
  #over = false
  /** Nothing is under way. */
  #ended = false
  #drained: number | undefined
  #drainTimer: ReturnType<typeof setTimeout> | undefined

  constructor(settings: FetchSettings, sink: TransportSink) {
    this.#settings = settings
    this.#sink = sink
  }

  send(request: TransportRequest): void {
    // When a connection stands is not told: its deadline must not run into the time of the answer.
    this.#sink.onConnected()
    void this.#exchange(request)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    if (this.#reader !== undefined) void this.#read(this.#reader)
  }

  abort(): void {
    this.#over = true
    if (this.#ended) return
    this.#end()
    this.#abort.abort()
  }

  release(): void {
    this.#over = true
    if (this.#ended || this.#drained !== undefined) return
    if (this.#reader === undefined) {
      this.abort()
      return
    }
    this.#drained = 0
    this.#drainTimer = setTimeout(() => this.abort(), DRAIN_MS)
    // Under Node a timer keeps the process alive.
    ;(this.#drainTimer as { unref?(): void }).unref?.()
    void this.#read(this.#reader)
  }

  async #exchange(request: TransportRequest): Promise<void> {
    const response = await this.#follow(request)
    if (response === undefined || this.#over) return
    const { status, headers, body } = response
    if (status === 0) {
      this.#fail({ code: 'redirect_refused', message: OPAQUE })
      return
    }
    this.#reader = body?.getReader()
    this.#sink.onHead({ status, header: (name) => headers.get(name) ?? undefined })
    if (this.#over) return
    if (this.#reader !== undefined) {
      await this.#read(this.#reader)
    } else if (body === undefined) {
      this.#fail({ code: 'request_setup_failed', message: NO_BODY })
    } else {
      this.#end()
      this.#sink.onEnd()
    }
  }

  /** The final response; or nothing, and the sink was told why. */
  async #follow(first: TransportRequest): Promise<FetchResponse | undefined> {
    let request = first
    for (let redirects = 1; ; redirects++) {
      const { origin } = request.url
      let response: FetchResponse
      try {
        response = await this.#fetch(request)
      } catch (error) {
        if (!this.#over) this.#fail(fetchFailureBeforeHead(error, origin))
        return undefined
      }
      if (this.#over) return undefined
      if (!isRedirect(response.status) || this.#settings.redirect === 'follow') return response
      const location = response.headers.get('location') ?? undefined
      const next = redirected(request, response.status, location, redirects)
      // Not waited for: it may never end.
      response.body
        ?.getReader()
        .cancel()
        .then(undefined, () => {})
      if ('code' in next) {
        this.#fail(next)
        return undefined
      }
      this.#sink.onConnecting?.()
      this.#sink.onConnected()
      request = next
    }
  }

  #fetch(request: TransportRequest): PromiseLike<FetchResponse> {
    const { fetch = globalThis.fetch as unknown as FetchLike, redirect, ...init } = this.#settings
    if (typeof fetch !== 'function') throw new TypeError('there is no fetch here: give fetchTransport() one')
    const { method, headers, body, url, sensitiveHeaders } = request
    return fetch(url.href, {
      ...init,
      method,
      headers: Object.fromEntries(headers),
      ...(body === undefined ? undefined : { body }),
      signal: this.#abort.signal,
      redirect:
        redirect === 'safe'
          ? keepsSecret(headers.keys(), sensitiveHeaders)
            ? 'manual'
            : 'follow'
          : redirect,
    })
  }

  /** Until the end, a pause, or nobody wants any more. One at a time. */
  async #read(reader: Reader): Promise<void> {
    if (this.#isReading || this.#ended) return
    this.#isReading = true
    try {
      while (!this.#ended && (!this.#paused || this.#drained !== undefined)) {
        const piece = await reader.read().catch((error: unknown) => ({ error }))
        if (this.#ended) return
        if ('error' in piece) {
          if (this.#over) this.#end()
          else this.#fail(fetchFailureAfterHead(piece.error))
        } else if (piece.done) {
          this.#end()
          if (!this.#over) this.#sink.onEnd()
        } else if (piece.value !== undefined) {
          this.#onChunk(piece.value)
        }
      }
    } finally {
      this.#isReading = false
    }
  }

  #onChunk(chunk: Uint8Array): void {
    if (this.#drained === undefined) {
      this.#sink.onChunk(chunk)
    } else {
      this.#drained += chunk.length
      if (this.#drained > DRAIN_BYTES) this.abort()
    }
  }

  #fail(failure: TransportFailure): void {
    this.abort()
    this.#sink.onFailure(failure)
  }

  #end(): void {
    this.#ended = true
    if (this.#drainTimer !== undefined) clearTimeout(this.#drainTimer)
  }
}

/** `authorization` is taken out by `fetch` itself where a redirect leads to another origin [fetch, HTTP-redirect fetch]. */
function keepsSecret(names: Iterable<string>, sensitiveHeaders: readonly string[]): boolean {
  for (const name of names) if (name !== 'authorization' && isCredential(name, sensitiveHeaders)) return true
  return false
}

const OPAQUE =
  "a redirect whose target a browser does not show, and the request has a credential that would follow it anywhere. Ask the final URL, or allow it with fetchTransport({ redirect: 'follow' })"

const NO_BODY =
  'this fetch gives no body that can be read as it comes. In React Native give fetchTransport({ fetch }) the one of "expo/fetch"'
