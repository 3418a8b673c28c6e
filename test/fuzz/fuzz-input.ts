/** One input: what is fuzzed, with which dialect, with which chances, over which bytes. It says all that a run needs. */
export interface FuzzInput {
  /** A name of `TARGETS`. */
  readonly target: string
  /** A name of `WIRES`; a target without a dialect does not look at it. */
  readonly wire: string
  /** Decides where the bytes are cut, how they end, and so on. */
  readonly seed: number
  readonly body: Uint8Array
}

/** What stands in a file: the body as text where it is text, else in base64. */
export interface FuzzInputJson {
  readonly target: string
  readonly wire: string
  readonly seed: number
  readonly text?: string
  readonly base64?: string
}

export function toJson({ target, wire, seed, body }: FuzzInput): FuzzInputJson {
  const bytes = Buffer.from(body)
  const text = bytes.toString('utf8')
  return Buffer.from(text, 'utf8').equals(bytes)
    ? { target, wire, seed, text }
    : { target, wire, seed, base64: bytes.toString('base64') }
}

export function fromJson({ target, wire, seed, text, base64 }: FuzzInputJson): FuzzInput {
  const body = text === undefined ? Buffer.from(base64 ?? '', 'base64') : Buffer.from(text, 'utf8')
  return { target, wire, seed, body }
}
