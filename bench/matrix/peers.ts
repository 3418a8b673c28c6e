/** A client that the matrix compares with. */
export interface Peer {
  /** The adapter's file in `bench/peers`, without its ending. */
  readonly id: string
  readonly title: string
  readonly packages: readonly string[]
  /** What it reads: a Chat Completion [openai], or Anthropic Messages [anthropic]. */
  readonly wire: 'openai' | 'anthropic'
  /** Whether it speaks HTTP/2. */
  readonly http2: boolean
  /** Whether it asks for content codings; one that does not is sent none. */
  readonly codings: boolean
  /** What a reader has to know to judge its column fairly. */
  readonly note: string
}

const SDK_NOTE =
  'retries twice by itself before the stream begins. Its `timeout` (10 minutes by default, 1.5 s here) covers the wait for the head of the response; a silent body ends when Node’s `fetch` gives up, after 300 s, and one with comments never.'

const FEED_NOTE =
  'made for endless feeds: by the standard it reconnects for ever, whatever the end, and that is right there. A server that gives its events IDs and honours `Last-Event-ID` gets the best of it.'

export const peers: readonly Peer[] = [
  {
    id: 'openai-create',
    title: 'openai create()',
    packages: ['openai'],
    wire: 'openai',
    http2: true,
    codings: true,
    note: SDK_NOTE,
  },
  {
    id: 'openai-stream',
    title: 'openai stream()',
    packages: ['openai'],
    wire: 'openai',
    http2: true,
    codings: true,
    note: `${SDK_NOTE} An end without a finish reason is an error to it, one without \`[DONE]\` is not.`,
  },
  {
    id: 'anthropic-create',
    title: '@anthropic-ai/sdk create()',
    packages: ['@anthropic-ai/sdk'],
    wire: 'anthropic',
    http2: true,
    codings: true,
    note: `is served the same scenarios in the words of Anthropic Messages; ${SDK_NOTE}`,
  },
  {
    id: 'anthropic-stream',
    title: '@anthropic-ai/sdk stream()',
    packages: ['@anthropic-ai/sdk'],
    wire: 'anthropic',
    http2: true,
    codings: true,
    note: `is served the same scenarios in the words of Anthropic Messages; ${SDK_NOTE}`,
  },
  {
    id: 'ai',
    title: 'ai streamText()',
    packages: ['ai', '@ai-sdk/openai-compatible'],
    wire: 'openai',
    http2: true,
    codings: true,
    note: 'retries twice by itself before the stream begins. Its `timeout` has values for the first and for each further chunk (1.5 s here) and for a whole step (7 s here); none by default.',
  },
  {
    id: 'fetch-parser',
    title: 'fetch + eventsource-parser',
    packages: ['eventsource-parser'],
    wire: 'openai',
    http2: true,
    codings: true,
    note: 'a loop over `EventSourceParserStream` with the status looked at. No timeout but that of Node’s `fetch`, 300 s of silence.',
  },
  {
    id: 'eventsource',
    title: 'eventsource',
    packages: ['eventsource'],
    wire: 'openai',
    http2: true,
    codings: true,
    note: `${FEED_NOTE} Sends GET only, which few completion endpoints take.`,
  },
  {
    id: 'eventsource-client',
    title: 'eventsource-client',
    packages: ['eventsource-client'],
    wire: 'openai',
    http2: true,
    codings: true,
    note: FEED_NOTE,
  },
  {
    id: 'fetch-event-source',
    title: 'fetch-event-source',
    packages: ['@microsoft/fetch-event-source'],
    wire: 'openai',
    http2: true,
    codings: true,
    note: 'made for browsers. Its README’s error handling, as used here, asks again after every end that is not the application’s own.',
  },
  {
    id: 'launchdarkly-eventsource',
    title: 'launchdarkly-eventsource',
    packages: ['launchdarkly-eventsource'],
    wire: 'openai',
    http2: false,
    codings: false,
    note: `${FEED_NOTE} \`readTimeoutMillis\` (none by default) is 1.5 s here.`,
  },
]
