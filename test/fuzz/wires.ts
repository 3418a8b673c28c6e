import {
  agUi,
  aiSdkUi,
  anthropicMessages,
  cohere,
  type Dialect,
  done,
  eventSource,
  gemini,
  geminiInteractions,
  langGraph,
  mcp,
  nestSse,
  openaiChat,
  openaiResponses,
  rawEvents,
} from '../../src/index.ts'

/** A text as its marker, which may be the beginning of another text. */
const ownMarker = (): Dialect<string> => ({
  name: 'own',
  read: ({ data }) => (data === 'bye' ? done() : data),
})

type AnyDialect = Dialect<unknown, unknown>

const asAny = (make: () => unknown): (() => AnyDialect) => make as () => AnyDialect

/** Every dialect, each with the options that change how it reads. */
const WIRES: Readonly<Record<string, () => AnyDialect>> = {
  raw: asAny(rawEvents),
  'event-source': asAny(eventSource),
  'openai-chat': asAny(openaiChat),
  'openai-chat, finish_reason': asAny(() => openaiChat({ endMarker: 'finish_reason' })),
  'anthropic-messages': asAny(anthropicMessages),
  'openai-responses': asAny(openaiResponses),
  gemini: asAny(gemini),
  'gemini-interactions': asAny(geminiInteractions),
  cohere: asAny(cohere),
  mcp: asAny(mcp),
  'mcp, id': asAny(() => mcp({ id: 1 })),
  'mcp, listen': asAny(() => mcp({ listen: true })),
  'ai-sdk-ui': asAny(aiSdkUi),
  'ag-ui': asAny(agUi),
  'ag-ui, runId': asAny(() => agUi({ runId: 'r1' })),
  'lang-graph': asAny(langGraph),
  own: asAny(ownMarker),
  'nest-sse': asAny(nestSse),
  'nest-sse, resumes': asAny(() => nestSse({ resumes: true })),
  'nest-sse, endEvent and parse': asAny(() => nestSse({ endEvent: 'done', parse: JSON.parse })),
}

export const WIRE_NAMES: readonly string[] = Object.keys(WIRES)

const made = new Map<string, AnyDialect>()

/** One of each: what a dialect remembers is in its memory. */
export function wireNamed(name: string): AnyDialect {
  let dialect = made.get(name)
  if (dialect === undefined) {
    const make = WIRES[name]
    if (make === undefined) throw new Error(`no wire "${name}"`)
    dialect = make()
    made.set(name, dialect)
  }
  return dialect
}
