import type { OutputStream } from './io.ts'

const byte = (c: string): string => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`
const unit = (c: string): string => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`

/**
 * Text from elsewhere on one line of a terminal or a log: neither control characters (ESC, C1) nor those that turn
 * the direction of writing reach it.
 */
export const harmlessLine = (text: string): string =>
  text
    .replace(/\n/g, '\\n')
    .replace(/[\u0000-\u001f\u007f-\u009f]/g, byte)
    .replace(/[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, unit)

/**
 * Text on a terminal that keeps its lines and tabs. A CR alone is made visible: what follows it would overwrite the
 * line.
 */
export const harmlessText = (text: string): string =>
  text
    .replaceAll('\r\n', '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, byte)
    .replace(/[\u202a-\u202e\u2066-\u2069]/g, unit)

/** JSON whose text holds no control character: `JSON.stringify` leaves DEL, C1 and the direction of writing as they are. */
export const harmlessJson = (value: unknown): string =>
  JSON.stringify(value).replace(/[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, unit)

/** JSON as others write it, with every character beyond ASCII escaped. */
export const asciiJson = (json: string): string => json.replace(/[^\u0000-\u007f]/g, unit)

export const shorten = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 1)}…` : text

export interface Style {
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
  cyan(text: string): string
}

const sgr =
  (on: number, off: number) =>
  (text: string): string =>
    `\u001b[${on}m${text}\u001b[${off}m`

const COLOURS: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  red: sgr(31, 39),
  green: sgr(32, 39),
  yellow: sgr(33, 39),
  cyan: sgr(36, 39),
}

const same = (text: string): string => text
const PLAIN: Style = { bold: same, dim: same, red: same, green: same, yellow: same, cyan: same }

type Env = Readonly<Record<string, string | undefined>>

/** May the cursor be moved there? */
export const canRewrite = (stream: OutputStream, env: Env): boolean =>
  stream.isTTY === true && env.TERM !== 'dumb'

/** Colours only on a terminal, and not against NO_COLOR (https://no-color.org). */
export const styleFor = (stream: OutputStream, env: Env): Style =>
  canRewrite(stream, env) && !env.NO_COLOR ? COLOURS : PLAIN

/** `1 event`, `2 events`. */
export const count = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`
