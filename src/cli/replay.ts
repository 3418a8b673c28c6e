import type { Exchange, Transport, TransportSink } from '../index.ts'
import type { FileReader } from './files.ts'
import { shownFile } from './files.ts'
import { parseRecording, type RecordedResponse } from './http-message.ts'
import { UsageError } from './usage.ts'

const CHUNK = 16 * 1024

export interface Replay {
  readonly transport: Transport
  /** Has every recording been used? Another attempt has nothing to get. */
  exhausted(): boolean
}

/** The recordings as the answers of a server, one a request. */
export async function readReplay(names: readonly string[], files: FileReader): Promise<Replay> {
  const recordings: RecordedResponse[] = []
  for (const name of names) {
    const recording = parseRecording(await files.read(name, '--replay'))
    if (recording === undefined) {
      throw new UsageError(
        `--replay ${shownFile(name)}: it begins with HTTP/1. but not with the head of a response.`,
      )
    }
    const coding = recording.headers.get('content-encoding') ?? 'identity'
    if (coding !== 'identity') {
      throw new UsageError(
        `--replay ${shownFile(name)}: its body is compressed; record it with rx-sse --record, which decodes it.`,
      )
    }
    recordings.push(recording)
  }
  let sent = 0
  return {
    exhausted: () => sent >= recordings.length,
    transport: {
      name: 'replay',
      send: (_, sink) => new ReplayExchange(recordings[sent++] ?? NOTHING, sink),
    },
  }
}

const NOTHING: RecordedResponse = {
  status: 204,
  headers: new Map(),
  body: new Uint8Array(),
  failure: undefined,
}

/** Delivers a recording a chunk a turn of the event loop, so that it can be paused and stopped like a socket. */
class ReplayExchange implements Exchange {
  readonly #recording: RecordedResponse
  readonly #sink: TransportSink
  #at = -1
  #over = false
  #next: NodeJS.Immediate | undefined

  constructor(recording: RecordedResponse, sink: TransportSink) {
    this.#recording = recording
    this.#sink = sink
    this.resume()
  }

  pause(): void {
    clearImmediate(this.#next)
    this.#next = undefined
  }

  resume(): void {
    if (!this.#over) this.#next ??= setImmediate(() => this.#step())
  }

  abort(): void {
    this.#over = true
    this.pause()
  }

  release(): void {
    this.abort()
  }

  #step(): void {
    const { status, headers, body, failure } = this.#recording
    this.#next = undefined
    if (this.#at < 0) {
      this.#at = 0
      // Asked for before anything is delivered: a consumer that pauses takes that back.
      this.resume()
      this.#sink.onConnected()
      this.#sink.onHead({ status, header: (name) => headers.get(name) })
    } else if (this.#at < body.length) {
      const chunk = body.subarray(this.#at, this.#at + CHUNK)
      this.#at += chunk.length
      this.resume()
      this.#sink.onChunk(chunk)
    } else {
      this.#over = true
      if (failure === undefined) this.#sink.onEnd()
      else this.#sink.onFailure(failure)
    }
  }
}
