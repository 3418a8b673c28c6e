import { closeSync, openSync, statSync, unlinkSync, writeSync } from 'node:fs'
import { extname } from 'node:path'
import { isEventStream } from '../errors/http.ts'
import type { ResponseHead, Transport } from '../index.ts'
import { fileTrouble, shownFile } from './files.ts'
import { looksLikeHead, mayBecomeHead } from './http-message.ts'
import { UsageError } from './usage.ts'

/** What a recording keeps of a response that is no event stream, so that its replay means the same. */
const KEPT_HEADERS = ['content-type', 'retry-after', 'retry-after-ms', 'x-should-retry', 'x-request-id']

/** `talk.sse`, `talk.2.sse`, `talk.3.sse`: two responses in one file would be an event stream that never was. */
function recordingName(file: string, ordinal: number): string {
  if (ordinal === 1) return file
  const extension = extname(file)
  return `${file.slice(0, file.length - extension.length)}.${ordinal}${extension}`
}

export interface Recorder {
  readonly transport: Transport
  /** The files that were written. */
  readonly files: readonly string[]
  /**
   * Can it be written? Found out before the request, without touching what an earlier recording holds.
   *
   * @throws UsageError
   */
  probe(): void
  close(): void
}

/**
 * Writes each response's decoded body to a file as it arrives: a fixture as it stands. A response that is
 * no 200 event stream is written with a head, and so is a body that would be read back as one.
 */
export function recording(inner: Transport, file: string, onTrouble: (message: string) => void): Recorder {
  let existed = true
  const files: string[] = []
  let open: number | undefined
  /** The beginning of a body, while it may still turn out to look like a head. */
  let begun: { readonly head: string; readonly bytes: Uint8Array } | undefined
  const write = (bytes: Uint8Array): void => {
    for (let at = 0; open !== undefined && at < bytes.length; ) at += writeSync(open, bytes, at)
  }
  const writeBeginning = (): void => {
    if (begun === undefined) return
    const { head, bytes } = begun
    begun = undefined
    if (looksLikeHead(bytes)) write(Buffer.from(head))
    write(bytes)
  }
  const close = (): void => {
    if (open === undefined) return
    const file = open
    try {
      writeBeginning()
    } finally {
      open = undefined
      closeSync(file)
    }
  }
  const guarded = (work: () => void): void => {
    // Thrown into the transport it would be taken for a broken response.
    try {
      work()
    } catch (error) {
      begun = undefined
      close()
      onTrouble(`--record cannot write ${shownFile(files.at(-1) ?? file)}: ${fileTrouble(error, 'write')}`)
    }
  }
  return {
    files,
    probe: () => {
      existed = statSync(file, { throwIfNoEntry: false }) !== undefined
      try {
        closeSync(openSync(file, 'a'))
      } catch (error) {
        throw new UsageError(`--record cannot write ${shownFile(file)}: ${fileTrouble(error, 'write')}.`)
      }
    },
    close: () => {
      guarded(close)
      if (files.length === 0 && !existed) unlinkSync(file)
    },
    transport: {
      name: `recording ${inner.name}`,
      send: (request, sink) =>
        inner.send(request, {
          onConnected: () => sink.onConnected(),
          onHead: (head) => {
            guarded(() => {
              close()
              files.push(recordingName(file, files.length + 1))
              open = openSync(files.at(-1) as string, 'w')
              const text = headOf(head)
              if (head.status === 200 && isEventStream(head.header('content-type'))) {
                begun = { head: text, bytes: new Uint8Array() }
              } else {
                write(Buffer.from(text))
              }
            })
            sink.onHead(head)
          },
          onChunk: (chunk) => {
            guarded(() => {
              if (begun === undefined) {
                write(chunk)
                return
              }
              begun = { head: begun.head, bytes: Buffer.concat([begun.bytes, chunk]) }
              if (!mayBecomeHead(begun.bytes)) writeBeginning()
            })
            sink.onChunk(chunk)
          },
          onEnd: () => sink.onEnd(),
          onFailure: (failure) => sink.onFailure(failure),
        }),
    },
  }
}

function headOf({ status, header }: ResponseHead): string {
  let head = `HTTP/1.1 ${status}\r\n`
  for (const name of KEPT_HEADERS) {
    const value = header(name)
    if (value !== undefined) head += `${name}: ${value}\r\n`
  }
  return `${head}\r\n`
}
