import { Agent } from 'undici'
import { compare } from './rounds.ts'
import { startServer } from './start-server.ts'

/** What a chunk costs through undici's `dispatch` and through its `request`: 50 streams that trickle. */
const STREAMS = 50
const EVENTS = 400

const { origin, stop } = await startServer()
const agent = new Agent()
const options = { origin, path: `/trickle?n=${EVENTS}`, method: 'GET', headersTimeout: 0, bodyTimeout: 0 }

const viaDispatch = (): Promise<number> =>
  new Promise((resolve, reject) => {
    let chunks = 0
    agent.dispatch(options, {
      onRequestStart() {},
      onResponseStart() {},
      onResponseData: () => void chunks++,
      onResponseEnd: () => resolve(chunks),
      onResponseError: (_, error) => reject(error),
    })
  })

async function viaRequestEvents(): Promise<number> {
  const { body } = await agent.request(options)
  let chunks = 0
  return new Promise((resolve, reject) => {
    body.on('data', () => chunks++)
    body.on('end', () => resolve(chunks))
    body.on('error', reject)
  })
}

async function viaRequestIterator(): Promise<number> {
  const { body } = await agent.request(options)
  let chunks = 0
  for await (const _ of body) chunks++
  return chunks
}

const all = (one: () => Promise<number>) => async (): Promise<number> => {
  const counts = await Promise.all(Array.from({ length: STREAMS }, one))
  return counts.reduce((a, b) => a + b)
}

await compare(
  {
    dispatch: all(viaDispatch),
    'request, on("data")': all(viaRequestEvents),
    'request, for await': all(viaRequestIterator),
  },
  11,
  'chunk',
)
await agent.close()
stop()
