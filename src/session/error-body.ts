import type { Failure } from '../errors/failure.ts'
import { failureOfContentType, failureOfStatus } from '../errors/http.ts'
import type { ResponseHead } from '../transport/transport.ts'
import type { Clock } from './clock.ts'

/** An error page that is not here by then is judged by what has come of it. */
const READ_MS = 2_000

/** Reads the body of a response that is no stream, under a limit and a deadline, and says what it means. */
export class ErrorBody {
  readonly #head: ResponseHead
  readonly #limit: number
  readonly #clock: Clock
  readonly #onFailure: (failure: Failure) => void
  readonly #utf8 = new TextDecoder()
  readonly #timer: unknown
  #text = ''
  #bytes = 0

  constructor(head: ResponseHead, limit: number, clock: Clock, onFailure: (failure: Failure) => void) {
    this.#head = head
    this.#limit = limit
    this.#clock = clock
    this.#onFailure = onFailure
    this.#timer = clock.start(() => this.end(), READ_MS)
  }

  push(chunk: Uint8Array): void {
    const rest = this.#limit - this.#bytes
    this.#text += this.#utf8.decode(chunk.length > rest ? chunk.subarray(0, rest) : chunk, { stream: true })
    this.#bytes += chunk.length
    if (this.#bytes >= this.#limit) this.end()
  }

  end(): void {
    this.stop()
    const { status, header } = this.#head
    const response = { status, header, body: this.#text + this.#utf8.decode(), now: this.#clock.wall() }
    this.#onFailure(status === 200 ? failureOfContentType(response) : failureOfStatus(response))
  }

  stop(): void {
    this.#clock.stop(this.#timer)
  }
}
