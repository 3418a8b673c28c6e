import type { Socket } from 'node:net'
import { Agent, buildConnector, type Dispatcher } from 'undici'

/** Long enough never to fire before `timeout.connect`, short enough that no socket is forgotten for ever. */
const LAST_RESORT_MS = 600_000

let claim: ((socket: Socket) => void) | undefined

/**
 * The dispatcher of requests that name none: undici's Agent, with keep-alive and, over TLS, HTTP/2.
 *
 * undici cannot abort a request that is still connecting: it waits for the connection (or for its 10 s timeout)
 * and only then drops the request. This agent's connector shows the socket to whoever is dispatching, so that
 * an unsubscribe ends the attempt to connect too.
 */
function createAgent(): Agent {
  const connector = buildConnector({ timeout: LAST_RESORT_MS })
  return new Agent({
    connect: (options, callback) => {
      // undici's types hide that a connector returns its socket.
      const socket = connector(options, callback) as unknown as Socket | undefined
      if (socket !== undefined) claim?.(socket)
    },
  })
}

let shared: Agent | undefined

export const sharedAgent = (): Dispatcher => {
  shared ??= createAgent()
  return shared
}

/**
 * Dispatches, and returns the socket that this very request has begun to connect, if it has: undici
 * calls the connector inside `dispatch`.
 */
export function dispatchClaimingSocket(
  dispatcher: Dispatcher,
  options: Dispatcher.DispatchOptions,
  handler: Dispatcher.DispatchHandler,
): Socket | undefined {
  let claimed: Socket | undefined
  const outer = claim
  claim = (socket) => {
    claimed = socket
  }
  try {
    dispatcher.dispatch(options, handler)
  } finally {
    claim = outer
  }
  return claimed
}
