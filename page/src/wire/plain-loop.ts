import type { DialectName, PlainLoopState, TraceEntry } from './types.ts'

/** What the loop does with the data of an event, once `[DONE]` is out of the way. What it throws is the loop's exception. */
type TextOf = (data: string) => string

/** As such loops stand in tutorials: a missing `choices` is a TypeError, as it is there. */
const EXTRACT: { readonly [D in DialectName]?: TextOf } = {
  'openai-chat': (data) => JSON.parse(data).choices[0]?.delta?.content ?? '',
  'anthropic-messages': (data) => {
    const event = JSON.parse(data)
    return event.type === 'content_block_delta' ? (event.delta.text ?? '') : ''
  },
  'openai-responses': (data) => {
    const event = JSON.parse(data)
    return event.type === 'response.output_text.delta' ? event.delta : ''
  },
  gemini: (data) => JSON.parse(data).candidates[0]?.content?.parts?.[0]?.text ?? '',
  raw: (data) => (data.startsWith('"') ? String(JSON.parse(data)) : `${data}\n`),
}

const asItIs: TextOf = (data) => `${data}\n`

const LINE_OF: { readonly [D in DialectName]?: string } = {
  'openai-chat': "text += JSON.parse(data).choices[0]?.delta?.content ?? ''",
  'anthropic-messages': "if (event.type === 'content_block_delta') text += event.delta.text",
  'openai-responses': "if (event.type === 'response.output_text.delta') text += event.delta",
  gemini: 'text += JSON.parse(data).candidates[0]?.content?.parts?.[0]?.text',
}

/** The loop that this is, to be shown beside it. */
export const loopCode = (dialect: DialectName): string => `const response = await fetch(url, request)
if (!response.ok) throw new Error(\`HTTP \${response.status}\`)
let rest = ''
for await (const piece of response.body.pipeThrough(new TextDecoderStream())) {
  const blocks = (rest + piece).split(/\\r?\\n\\r?\\n/)
  rest = blocks.pop()
  for (const block of blocks) {
    const data = block.match(/^data: ?(.*)$/m)?.[1]
    if (data === undefined) continue
    if (data === '[DONE]') return complete(text)
    ${LINE_OF[dialect] ?? "text += data + '\\n'"}
  }
}
complete(text)
`

/** How the first attempt came out, as the library says. */
export type FirstOutcome = 'complete' | 'failed' | 'failed-in-band' | 'stopped'

export interface PlainLoop {
  /** The first attempt's trace. What comes after its end is passed over. */
  take(entry: TraceEntry): void
  /** The first attempt is over: now it is known whether the loop was right. */
  settle(outcome: FirstOutcome, at: number): void
  readonly state: PlainLoopState
}

/** More text than this is not kept. */
const MAX_TEXT = 2_000_000

/** What `fetch` throws, in the words of the engine that read the stream. */
function exceptionOf(cause: unknown, headSeen: boolean): string {
  const { name, message } = (cause ?? {}) as { name?: unknown; message?: unknown }
  if (name === 'TypeError' && typeof message === 'string') return `TypeError: ${message}`
  // Node's fetch wraps whatever undici said.
  return headSeen ? 'TypeError: terminated' : 'TypeError: fetch failed'
}

const WORDS = {
  idle: '',
  reading: 'It reads.',
  complete: 'It came to the end marker, or the response ended: both are the end to it.',
  exception:
    'It has thrown. What to do with the text so far, and whether to ask again, is yours to find out.',
  hanging: 'It waits. It has no time limit, and nobody will tell it that nothing more comes.',
  deaf: 'It has read past the error: there is no text in it. When the body ends, it will call this complete.',
  stopped: 'You have stopped it.',
} as const satisfies Record<PlainLoopState['status'], string>

/**
 * What "fetch and a loop" does with the bytes of a response: it splits at blank lines, takes the data, parses it, stops at
 * `[DONE]`, and takes the end of the body for the end of the answer. It checks the status.
 */
export function plainLoop(dialect: DialectName): PlainLoop {
  const extract = EXTRACT[dialect] ?? asItIs
  const decoder = new TextDecoder()
  let rest = ''
  let headSeen = false
  let outcome: FirstOutcome | undefined
  let status: PlainLoopState['status'] = 'idle'
  let text = ''
  let exception = ''
  let endedAt: number | undefined
  let state: PlainLoopState | undefined

  const finish = (how: PlainLoopState['status'], at: number): void => {
    status = how
    endedAt = at
  }
  const throws = (words: string, at: number): void => {
    exception = words
    finish('exception', at)
  }
  /** Returns whether it is to go on. */
  const block = (lines: string, at: number): boolean => {
    const data = /^data: ?(.*)$/m.exec(lines)?.[1]?.replace(/\r$/, '')
    if (data === undefined) return true
    if (data === '[DONE]') {
      finish('complete', at)
      return false
    }
    try {
      const more = extract(data)
      if (text.length < MAX_TEXT) text += more
      return true
    } catch (error) {
      throws(String(error), at)
      return false
    }
  }
  const read = (bytes: Uint8Array, at: number): void => {
    const blocks = (rest + decoder.decode(bytes, { stream: true })).split(/\r?\n\r?\n/)
    rest = blocks.pop() ?? ''
    for (const lines of blocks) if (!block(lines, at)) return
  }
  const take = (entry: TraceEntry): void => {
    if (status !== 'idle' && status !== 'reading') return
    const { at } = entry
    switch (entry.type) {
      case 'request':
        status = 'reading'
        break
      case 'head':
        headSeen = true
        if (!entry.ok) throws(`Error: HTTP ${entry.status}`, at)
        break
      case 'chunk':
        read(entry.bytes, at)
        break
      case 'end':
        finish('complete', at)
        break
      case 'failure':
        throws(exceptionOf(entry.failure.cause, headSeen), at)
        break
      // `abort` and `release` are the library's: what the loop would have done is known once it is known why.
    }
  }
  const says = (): string => {
    if (status === 'complete') return 'complete'
    if (status === 'exception') return exception
    return ''
  }
  const honest = (): boolean | undefined => {
    if (status === 'complete') return outcome === undefined ? undefined : outcome === 'complete'
    if (status === 'exception') return true
    return status === 'hanging' || status === 'deaf' ? false : undefined
  }
  const words = (): string => {
    if (honest() === false && status === 'complete') {
      return 'It calls this the whole answer. Nothing has proved that: the end marker never came.'
    }
    return WORDS[status]
  }
  return {
    take(entry) {
      take(entry)
      state = undefined
    },
    settle(how, at) {
      outcome ??= how
      state = undefined
      if (status !== 'reading') return
      if (how === 'complete') finish('complete', at)
      else if (how === 'stopped') finish('stopped', at)
      else finish(how === 'failed-in-band' ? 'deaf' : 'hanging', at)
    },
    get state() {
      state ??= { status, text, says: says(), honest: honest(), words: words(), endedAt }
      return state
    },
  }
}
