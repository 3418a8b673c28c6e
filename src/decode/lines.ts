const LF = 10
const CR = 13
const COLON = 58

/** Does a text of whole lines end with a blank one, as far as it shows? */
export function endsEvent(lines: string): boolean {
  const last = lines.length - 1
  if (lines.charCodeAt(last) !== LF) return false
  const before = lines.charCodeAt(last - 1)
  return before === LF || (before === CR && lines.charCodeAt(last - 2) === LF)
}

/** Would the parser take this line, which is not empty, without an error? */
export const isField = (line: string): boolean => /^(?::|(?:data|event|id)(?:$|:)|retry: ?\d+$)/.test(line)

export function splitField(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(':')
  if (colon === -1) return { name: line, value: '' }
  return { name: line.slice(0, colon), value: line.slice(colon + (line[colon + 1] === ' ' ? 2 : 1)) }
}

/** Where the last whole line ends: after the last LF or CR, 0 if there is none. A lone CR ends a line [whatwg]. */
export function endOfLastLine(bytes: Uint8Array): number {
  const last = bytes[bytes.length - 1]
  if (last === LF || last === CR) return bytes.length
  // Forwards first: inside a long line a search backwards would walk the whole chunk, and by the byte.
  const lf = bytes.indexOf(LF) === -1 ? -1 : bytes.lastIndexOf(LF)
  // Only what follows the last LF can hold a later CR.
  return Math.max(lf, bytes.indexOf(CR, lf + 1) === -1 ? -1 : bytes.lastIndexOf(CR)) + 1
}

/** Where the first line ends, of bytes that hold a whole one. An LF after its CR is left: the parser knows of it. */
export function endOfFirstLine(bytes: Uint8Array): number {
  const lf = bytes.indexOf(LF)
  // Nothing behind the first LF matters; a whole chunk is not searched for a CR.
  const cr = (lf === -1 ? bytes : bytes.subarray(0, lf)).indexOf(CR)
  return (cr === -1 ? lf : cr) + 1
}

/** Where the first line begins that is longer than the limit and no comment; -1 if there is none. */
export function startOfLongLine(text: string, limit: number): number {
  for (const { 0: line, index } of text.matchAll(/[^\r\n]+/g)) {
    if (line.length > limit && line.charCodeAt(0) !== COLON) return index
  }
  return -1
}
