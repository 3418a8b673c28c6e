import type { Transport, UndiciDispatcher } from './transport.ts'

export const NO_UNDICI =
  'undici needs Node, and this build of rx-sse is the one for browsers, workers and other runtimes. Leave it out: fetch sends here, and fetchTransport() sets how.'

/**
 * Has the name, so that the same import works everywhere.
 *
 * @throws TypeError always: there is no undici here.
 */
export function undiciTransport(_dispatcher?: UndiciDispatcher): Transport {
  throw new TypeError(`undiciTransport(): ${NO_UNDICI}`)
}
