import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { lastValueFrom, toArray } from 'rxjs'
import { fromEventStream, type LlmDialect, type Message } from '../../src/index.ts'
import { type Fixture, fixtures } from '../../test/fixtures/fixture.ts'

/** The fixtures of a dialect whose streams are whole. */
export const wholeFixtures = (dialectName: string): readonly (readonly [string, Fixture])[] =>
  fixtures
    .filter((fixture) => fixture.dialectName === dialectName && fixture.outcome === 'complete')
    .map((fixture) => [fixture.name.slice(dialectName.length + 1), fixture] as const)

/** A server that answers whatever is asked below `/{dialect}/{case}` with that fixture's bytes. */
export async function serveFixtures(): Promise<{ origin: string; close(): Promise<void> }> {
  const server = createServer((request, response) => {
    const [, dialectName, name] = (request.url as string).split('/')
    const fixture = fixtures.find((one) => one.name === `${dialectName}/${name}`)
    request.resume()
    response.writeHead(fixture === undefined ? 404 : 200, { 'content-type': 'text/event-stream' })
    response.end(fixture?.bytes)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** What rx-sse makes of the same bytes: the values, and the message of them. */
export async function ours(url: string, fixture: Fixture): Promise<{ values: unknown[]; message: Message }> {
  const dialect = fixture.dialect() as LlmDialect<unknown>
  const values = await lastValueFrom(fromEventStream<unknown>(url, { dialect }).pipe(toArray()))
  const message = values.reduce<Message | undefined>((so, value) => dialect.accumulate(so, value), undefined)
  return { values, message: message as Message }
}

/** What goes over a wire: without the keys that are undefined, getters as what they give. */
export const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

/** All values, and the error that an iteration ends with, if it does. */
export async function drain(
  stream: PromiseLike<AsyncIterable<unknown>>,
): Promise<{ values: unknown[]; error?: unknown }> {
  const values: unknown[] = []
  try {
    for await (const value of await stream) values.push(value)
  } catch (error) {
    return { values, error }
  }
  return { values }
}
