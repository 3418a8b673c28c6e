/** A rule that did not hold: what a fuzzer looks for. Anything else that a target throws is a find too. */
export class Mismatch extends Error {
  constructor(rule: string, detail = '') {
    super(detail === '' ? rule : `${rule}: ${detail}`)
    this.name = 'Mismatch'
  }
}

/** @param detail - made only if the rule does not hold */
export function hold(isTrue: boolean, rule: string, detail?: () => string): void {
  if (!isTrue) throw new Mismatch(rule, detail?.().slice(0, 2_000))
}

/** A value for the detail of a mismatch. */
export function shown(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
