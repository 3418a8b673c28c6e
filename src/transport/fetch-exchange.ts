import { fetchFailureAfterHead, fetchFailureBeforeHead } from './fetch-failure.ts'
import type { FetchBody, FetchInit, FetchLike, FetchResponse } from './fetch-like.ts'
import { isCredential, isRedirect, redirected } from './redirect.ts'
import type { Exchange, TransportFailure, TransportRequest, TransportSink } from './transport.ts'

/** How much of a body that nobody wants is read so that its connection can be used again. */
const DRAIN_BYTES = 64 * 1024
const DRAIN_MS = 1_000

type Reader = ReturnType<FetchBody['getReader']>

export interface FetchSettings {
  readonly fetch: FetchLike | undefined
  readonly redirect: 'safe' | 'follow' | 'error'
  /** As it is given on: what `fetch` does anyway stays out of it, since Cloudflare's refuses even that. */
  readonly init: Pick<FetchInit, 'credentials' | 'mode' | 'cache'>
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

  send(request: TransportRequest, requests = 1): void {
    // When a connection stands is not told: its deadline must not run into the time of the answer.
    this.#sink.onConnected()
    this.#run(this.#exchange(request, requests))
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#run(this.#read())
  }

  abort(): void {
    this.#over = true
    if (this.#ended) return
    this.#end()
    this.#abort.abort()
    // A `fetch` of the caller's may not know the signal.
    void cancel(this.#reader)
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
    this.#run(this.#read())
  }

  /** What a sink throws is no failure of the transport: it ends the request, and stays a rejection that nobody handles. */
  #run(work: Promise<void>): void {
    void work.catch((error: unknown) => {
      this.abort()
      throw error
    })
  }

  async #exchange(request: TransportRequest, requests: number): Promise<void> {
    if (this.#over) return
    const answer = await this.#fetch(request)
    const next = 'status' in answer ? this.#nextOf(request, answer, requests) : answer
    if ('status' in answer) {
      if (next === undefined && !this.#over) {
        await this.#deliver(answer)
        return
      }
      // Not waited for: it may never end.
      void cancel(readerOf(answer.body))
    }
    if (next === undefined || this.#over) return
    if ('code' in next) {
      this.#fail(next)
      return
    }
    this.#sink.onConnecting?.()
    if (!this.#over) this.send(next, requests + 1)
  }

  async #fetch(request: TransportRequest): Promise<FetchResponse | TransportFailure> {
    const { fetch = globalThis.fetch as unknown as FetchLike, redirect, init } = this.#settings
    if (typeof fetch !== 'function') return { code: 'request_setup_failed', message: NO_FETCH }
    const { method, headers, body, url, sensitiveHeaders } = request
    const manual =
      redirect === 'error' || (redirect === 'safe' && keepsSecret(headers.keys(), sensitiveHeaders))
    const whole: FetchInit = {
      ...init,
      method,
      headers: Object.fromEntries(headers),
      ...(body === undefined ? undefined : { body }),
      signal: this.#abort.signal,
      redirect: manual ? 'manual' : 'follow',
    }
    try {
      const response = await fetch(url.href, whole)
      return typeof response?.status === 'number' && typeof response.headers?.get === 'function'
        ? response
        : { code: 'request_setup_failed', message: NO_RESPONSE }
    } catch (error) {
      return fetchFailureBeforeHead(error, url.origin, isRefused(url.href, whole))
    }
  }

  /** What a response leads to; `undefined`: to its own body. */
  #nextOf(
    request: TransportRequest,
    { status, type, headers, redirected: wasRedirected, url }: FetchResponse,
    requests: number,
  ): TransportRequest | TransportFailure | undefined {
    const { redirect } = this.#settings
    if (status === 0 && type !== 'opaqueredirect') {
      return { code: 'connection_failed', message: `no answer that can be read from ${request.url.origin}` }
    }
    if (redirect === 'error' && (status === 0 || isRedirect(status))) return refuse(NONE_ALLOWED)
    if (status === 0) return refuse(OPAQUE)
    if (redirect !== 'safe') return undefined
    if (isRedirect(status)) return redirected(request, status, headers.get('location') ?? undefined, requests)
    const inTheClear = wasRedirected === true && url?.startsWith('http:') === true
    return inTheClear && request.url.protocol === 'https:' ? refuse(IN_THE_CLEAR) : undefined
  }

  async #deliver({ status, headers, body }: FetchResponse): Promise<void> {
    this.#reader = readerOf(body)
    if (body === null) this.#end()
    this.#sink.onHead({ status, header: (name) => headers.get(name) ?? undefined })
    if (this.#over) return
    if (body === null) this.#sink.onEnd()
    else if (this.#reader === undefined) this.#fail(NO_BODY)
    else await this.#read()
  }

  /** Until the end, a pause, or nobody wants any more. One at a time. */
  async #read(): Promise<void> {
    const reader = this.#reader
    if (reader === undefined || this.#isReading) return
    this.#isReading = true
    try {
      while (!this.#ended && (!this.#paused || this.#drained !== undefined)) {
        let done = false
        let value: Uint8Array | undefined
        let failure: TransportFailure | undefined
        try {
          ;({ done, value } = await reader.read())
        } catch (error) {
          failure = fetchFailureAfterHead(error)
        }
        if (this.#ended) return
        // Not by its class: a test runner's realm has another.
        if (failure === undefined && !done && !ArrayBuffer.isView(value)) failure = NO_BODY
        if (failure !== undefined) {
          this.#fail(failure)
        } else if (done) {
          this.#end()
          if (!this.#over) this.#sink.onEnd()
        } else if (value !== undefined && value.length > 0) {
          this.#onChunk(value)
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
    const isWanted = !this.#over
    this.abort()
    if (isWanted) this.#sink.onFailure(failure)
  }

  #end(): void {
    this.#ended = true
    if (this.#drainTimer !== undefined) clearTimeout(this.#drainTimer)
  }
}

function readerOf(body: FetchBody | null | undefined): Reader | undefined {
  try {
    return body?.getReader()
  } catch {
    // Locked, or no web stream.
    return undefined
  }
}

async function cancel(reader: Reader | undefined): Promise<void> {
  try {
    await reader?.cancel()
  } catch {
    // It has failed already.
  }
}

/** `fetch` rejects what cannot be sent as it does what got no answer; the constructor knows only the former. */
function isRefused(url: string, init: FetchInit): boolean {
  const { Request } = globalThis as { Request?: new (url: string, init: FetchInit) => unknown }
  if (Request === undefined) return false
  try {
    new Request(url, init)
    return false
  } catch {
    return true
  }
}

/** `authorization` is taken out by `fetch` itself where a redirect leads to another origin [fetch, HTTP-redirect fetch]. */
function keepsSecret(names: Iterable<string>, sensitiveHeaders: readonly string[]): boolean {
  for (const name of names) if (name !== 'authorization' && isCredential(name, sensitiveHeaders)) return true
  return false
}

const refuse = (message: string): TransportFailure => ({ code: 'redirect_refused', message })

const OPAQUE =
  "a redirect whose target a browser does not show, and the request has a credential that would follow it anywhere. Ask the final URL, or allow it with fetchTransport({ redirect: 'follow' })"

const NONE_ALLOWED = "a redirect, and fetchTransport({ redirect: 'error' }) allows none"

const IN_THE_CLEAR = 'a redirect from https: to http:'

const NO_FETCH = 'there is no fetch here: give one with fetchTransport({ fetch })'

const NO_RESPONSE = 'this fetch gives no response'

const NO_BODY: TransportFailure = {
  code: 'request_setup_failed',
  message:
    'this fetch gives no body that can be read as it comes. In React Native give fetchTransport({ fetch }) the one of "expo/fetch"',
}
