import type { GatewayCode } from './library.ts'

/** The ways to fail, in the order in which a stream meets them. */
export type DeathKind =
  | 'whole'
  | 'refused-connection'
  | 'reset-before-head'
  | 'refused-status'
  | 'not-event-stream'
  | 'clean-end'
  | 'no-marker'
  | 'fin'
  | 'rst'
  | 'cut-in-event'
  | 'cut-in-character'
  | 'short-length'
  | 'bad-chunk'
  | 'error-page'
  | 'in-band-error'
  | 'stall'
  | 'comments'

export type DeathGroup = 'no failure' | 'no stream' | 'cut on the way' | 'said in the stream' | 'silence'

/** What the requests after the broken ones get. */
type AfterwardsKind = 'rest' | 'whole' | 'other' | 'refused'

export type StrategyKind = 'auto' | 'replay' | 'continueWith' | 'restart' | 'never'

/** The wires that the embedded gateway speaks. */
export type ChatDialect = 'openai-chat' | 'anthropic-messages' | 'openai-responses' | 'raw'

/** All that a stream of one's own can be read as. */
export type DialectName =
  | ChatDialect
  | 'gemini'
  | 'gemini-interactions'
  | 'cohere'
  | 'ai-sdk-ui'
  | 'ag-ui'
  | 'lang-graph'
  | 'mcp'
  | 'nest-sse'
  | 'event-source'

/** Which face of the library sends: the browser's `fetch`, or Node's undici by way of the local server. */
export type Face = 'browser' | 'node'

/** The switchboard. Plain data; every value is one of its {@link Control}'s, but for the numbers within their range. */
export interface Settings {
  readonly death: DeathKind
  /** After how many tokens of the first answer it strikes, from 0 up; beyond the end means the end. */
  readonly at: number
  /** How many requests break, one after the other; the ones after them are answered as {@link afterwards} says. */
  readonly breaks: '1' | '2' | '3' | 'all'
  readonly afterwards: AfterwardsKind
  /** Whether the events have IDs, by which a stream can be resumed. */
  readonly ids: boolean
  readonly strategy: StrategyKind
  /** Failures in a row without progress that are forgiven. */
  readonly retries: '0' | '1' | '3' | '6'
  readonly dialect: ChatDialect
  readonly face: Face
  /** How fast the model speaks. */
  readonly rate: '4' | '20' | '80' | '2000' | 'all'
  /** In what pieces the network delivers. */
  readonly network: 'events' | 'crumbs' | 'bytes'
  /** How long the model thinks before its first token, in milliseconds. */
  readonly thinks: '0' | '600' | '3000'
  /** How long the answer is. */
  readonly length: 'short' | 'usual' | '10000'
  /** What an error in the stream, or a refusal, says. */
  readonly code: GatewayCode
  /** `Retry-After` of a refusal, in seconds; 0: none. */
  readonly retryAfter: '0' | '2' | '5' | '120'
  /** How long the client bears silence, in seconds. */
  readonly patience: '2' | '5' | '30'
}

export type SettingKey = keyof Settings

/** One value of a setting, in words. */
export interface Choice<V extends string = string> {
  readonly value: V
  /** Two or three plain words. */
  readonly label: string
  /** One sentence. */
  readonly about: string
}

/** A way to fail, in words. */
export interface Death extends Choice<DeathKind> {
  readonly group: DeathGroup
  /** Does it strike at a token ({@link Settings.at})? */
  readonly strikes: boolean
  /** What a person sees of it in an app that does not look closely. One sentence. */
  readonly seen: string
}

/** A setting, for a view that draws them all alike. */
export type Control =
  | (ControlWords & { readonly type: 'choice'; readonly choices: readonly Choice[] })
  | (ControlWords & { readonly type: 'flag' })
  /** `strikeRange(settings)` of `answers.ts` says from where to where. */
  | (ControlWords & { readonly type: 'position' })

interface ControlWords {
  readonly key: SettingKey
  readonly label: string
  readonly about: string
  readonly group: 'failure' | 'recovery' | 'wire' | 'speed'
}

/** What a person types to watch a stream of their own. Held in memory only: never in the address or in a store. */
export interface OwnForm {
  readonly url: string
  readonly method: 'GET' | 'POST' | 'PUT'
  /** `Name: value`, one a line. */
  readonly headers: string
  readonly body: string
  readonly dialect: DialectName
  readonly face: Face
  readonly strategy: StrategyKind
  readonly retries: Settings['retries']
}

/** What is wrong with a field of the form, in plain words. */
export interface FormProblem {
  readonly field: 'url' | 'headers' | 'body'
  readonly what: string
  readonly doThis: string
}

export interface OwnRequest {
  readonly url: URL
  readonly method: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: string | undefined
}
