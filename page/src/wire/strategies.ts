import { continueWith, type EventStreamConfig, type PartialAnswer, replay, restart } from './library.ts'
import type { ChatDialect, Choice, DialectName, Settings, StrategyKind } from './types.ts'

/** How to go on once something was delivered, in words. */
export const strategies: readonly Choice<StrategyKind>[] = [
  {
    value: 'auto',
    label: 'By the cursor',
    about: 'Asks for what follows the last event ID; without IDs the failure is told. This is the default.',
  },
  {
    value: 'replay',
    label: 'Replay',
    about: 'Asks for all of it again, passes over what it has, and fails if it is not the same.',
  },
  {
    value: 'continueWith',
    label: 'Ask for the rest',
    about: 'Sends the partial answer back and asks the model to go on from there.',
  },
  {
    value: 'restart',
    label: 'Start over',
    about: 'Takes back what was shown and begins anew: the one strategy that may lose words.',
  },
  {
    value: 'never',
    label: 'Do not go on',
    about: 'Once something has arrived, the failure is told, and what has arrived stands.',
  },
]

interface ChatBody {
  readonly messages?: readonly unknown[]
  readonly input?: unknown
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The request for the rest of an answer, in the words of its API; `undefined` where a wire has none. */
function askForTheRest(dialect: DialectName) {
  return ({ text }: PartialAnswer<unknown>, { body }: { readonly body: unknown }) => {
    if (!isObject(body)) return undefined
    const { messages, input } = body as ChatBody
    const partial = { role: 'assistant', content: text }
    const goOn = { role: 'user', content: 'Go on exactly where you stopped.' }
    if (dialect === 'openai-responses') {
      const said = typeof input === 'string' ? [{ role: 'user', content: input }] : input
      return Array.isArray(said) ? { body: { ...body, input: [...said, partial, goOn] } } : undefined
    }
    if (!Array.isArray(messages)) return undefined
    return { body: { ...body, messages: [...messages, partial, goOn] } }
  }
}

/** A raw wire has no text that the library knows of: the embedded gateway is told how many events have come. */
function askForTheRestOfEvents() {
  return ({ values }: PartialAnswer<unknown>, { body }: { readonly body: unknown }) =>
    isObject(body) ? { body: { ...body, after: values.length } } : undefined
}

/** The embedded gateway is a model that knows what to say next, if it is told what it has said: where it says the rest. */
export type PlaceOfRest = (partial: PartialAnswer<unknown>) => Promise<string | undefined>

/**
 * The option `resume` of the config.
 *
 * @param placeOfRest - of the embedded gateway, whose raw wire has words of its own for it
 */
export function resumeOf(
  strategy: StrategyKind,
  dialect: DialectName,
  placeOfRest?: PlaceOfRest,
): EventStreamConfig<unknown>['resume'] {
  switch (strategy) {
    case 'auto':
    case 'never':
      return strategy
    case 'replay':
      return replay()
    case 'restart':
      return restart()
    case 'continueWith': {
      if (placeOfRest === undefined) return continueWith(askForTheRest(dialect))
      const ask = dialect === 'raw' ? askForTheRestOfEvents() : askForTheRest(dialect)
      return continueWith(async (partial, request) => {
        const change = ask(partial, request)
        return change && { ...change, url: await placeOfRest(partial) }
      })
    }
  }
}

/** Where a gateway of each wire is asked. */
export const PATHS: Readonly<Record<ChatDialect, string>> = {
  'openai-chat': '/v1/chat/completions',
  'anthropic-messages': '/v1/messages',
  'openai-responses': '/v1/responses',
  raw: '/stream',
}

/** The body of the request, as each API wants it. */
export function bodyOf(dialect: ChatDialect, prompt: string): Readonly<Record<string, unknown>> {
  const messages = [{ role: 'user', content: prompt }]
  const common = { model: 'cable-1', stream: true }
  switch (dialect) {
    case 'anthropic-messages':
      return { ...common, max_tokens: 1024, messages }
    case 'openai-responses':
      return { ...common, input: prompt }
    case 'openai-chat':
      return { ...common, messages }
    case 'raw':
      return { ...common, prompt }
  }
}

const SECOND = 1000

/** What of the config the settings decide: how patient, how often, and how it goes on. */
export const patienceOf = ({
  retries,
  patience,
}: Pick<Settings, 'retries' | 'patience'>): Pick<EventStreamConfig<unknown>, 'retry' | 'timeout'> => {
  const silence = Number(patience) * SECOND
  return {
    retry:
      retries === '0'
        ? false
        : { count: Number(retries), delay: 1.5 * SECOND, maxDelay: 20 * SECOND, jitter: 'none' },
    timeout: { connect: 5 * SECOND, idle: silence, stall: silence, first: silence + 3 * SECOND },
  }
}
