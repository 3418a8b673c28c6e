const control = (character: string): string => {
  const code = character.codePointAt(0) as number
  return code === 0x7f ? '␡' : code < 0x20 ? String.fromCodePoint(0x2400 + code) : '�'
}

/**
 * A text of a server's as it may be shown, and copied into a terminal: control characters, and those that turn the direction of
 * writing, are made visible.
 */
export const visibleText = (text: string): string =>
  text.replace(/[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, control)
