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

/**
 * One exchange over `fetch`, over all its redirects.
 *
 * By `then`, not `await`: Zone.js follows the one and loses the other, and whoever subscribes in a zone is to be told in it.
 */
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
    if (this.#over) return
    this.#run(this.#fetch(request).then((answer) => this.#onAnswer(request, answer, requests)))
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#read()
  }

  abort(): void {
    this.#over = true
    if (this.#ended) return
    this.#end()
    this.#abort.abort()
    // A `fetch` of the caller's may not know the signal.
    cancel(this.#reader)
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
    this.#read()
  }

  /** What a sink throws is no failure of the transport: it ends the request, and stays a rejection that nobody handles. */
  #run(work: Promise<void>): void {
    void work.catch((error: unknown) => {
      this.abort()
      throw error
    })
  }

  #onAnswer(request: TransportRequest, answer: FetchResponse | TransportFailure, requests: number): void {
    const next = 'status' in answer ? this.#nextOf(request, answer, requests) : answer
    if ('status' in answer) {
      if (next === undefined && !this.#over) {
        this.#deliver(answer)
        return
      }
      // Not waited for: it may never end.
      cancel(readerOf(answer.body))
    }
    if (next === undefined || this.#over) return
    if ('code' in next) {
      this.#fail(next)
      return
    }
    this.#sink.onConnecting?.()
    if (!this.#over) this.send(next, requests + 1)
  }

  #fetch(request: TransportRequest): Promise<FetchResponse | TransportFailure> {
    const { fetch = globalThis.fetch as unknown as FetchLike, redirect, init } = this.#settings
    if (typeof fetch !== 'function') {
      return Promise.resolve({ code: 'request_setup_failed', message: NO_FETCH })
    }
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
    return promised(() => fetch(url.href, whole)).then(
      (response) =>
        typeof response?.status === 'number' && typeof response.headers?.get === 'function'
          ? response
          : { code: 'request_setup_failed', message: NO_RESPONSE },
      (error: unknown) => fetchFailureBeforeHead(error, url.origin, isRefused(url.href, whole)),
    )
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

  #deliver({ status, headers, body }: FetchResponse): void {
    this.#reader = readerOf(body)
    if (body === null) this.#end()
    this.#sink.onHead({ status, header: (name) => headers.get(name) ?? undefined })
    if (this.#over) return
    if (body === null) this.#sink.onEnd()
    else if (this.#reader === undefined) this.#fail(NO_BODY)
    else this.#read()
  }

  /** Until the end, a pause, or nobody wants any more. One at a time. */
  #read(): void {
    const reader = this.#reader
    const isWanted = !this.#ended && (!this.#paused || this.#drained !== undefined)
    if (reader === undefined || this.#isReading || !isWanted) return
    this.#isReading = true
    this.#run(
      promised(() => reader.read())
        // Apart from what is made of it: what a sink throws is no failure to read.
        .then(({ done, value }) => ({ done, value, failure: undefined }))
        .catch((error: unknown) => ({
          done: false,
          value: undefined,
          failure: fetchFailureAfterHead(error),
        }))
        .then(({ done, value, failure }) => this.#onPiece(done, value, failure)),
    )
  }

  #onPiece(done: boolean, value: Uint8Array | undefined, failure?: TransportFailure): void {
    this.#isReading = false
    if (this.#ended) return
    if (failure !== undefined) {
      this.#fail(failure)
    } else if (done) {
      this.#end()
      if (!this.#over) this.#sink.onEnd()
    } else if (!ArrayBuffer.isView(value)) {
      // Not by its class: a test runner's realm has another.
      this.#fail(NO_BODY)
    } else {
      // Inside it a pause may be lifted again: what comes next is asked for once, and after it.
      this.#isReading = true
      if (value.length > 0) this.#onChunk(value)
      this.#isReading = false
      this.#read()
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

/** It may have failed already, or be the caller's own and throw. */
function cancel(reader: Reader | undefined): void {
  if (reader !== undefined) promised(() => reader.cancel()).then(undefined, () => {})
}

/** A call of foreign code as a promise of the platform's, also where it throws, or gives another kind. */
function promised<V>(call: () => PromiseLike<V> | V): Promise<V> {
  try {
    return Promise.resolve(call())
  } catch (error) {
    return Promise.reject(error)
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
