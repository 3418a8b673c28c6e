import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { filter, firstValueFrom, map } from 'rxjs'
import { afterEach, expect, it, vi } from 'vitest'
import { eventStreamSignals } from '../../src/index.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** Nobody listens there any more. */
async function closedPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}/`
}

const firstWait = (url: string): Promise<number> =>
  firstValueFrom(
    eventStreamSignals(url).pipe(
      filter((signal) => signal.type === 'waiting'),
      map(({ delayMs }) => delayMs),
    ),
  )

it('what streams share is looked up for each: a Math.random that is replaced later counts', async () => {
  const url = await closedPort()
  await firstWait(url)
  vi.spyOn(Math, 'random').mockReturnValue(0.25)
  expect(await firstWait(url)).toBe(125)
  vi.mocked(Math.random).mockReturnValue(0.5)
  expect(await firstWait(url)).toBe(250)
})

it('a stream with a timeout or a retry of its own changes nothing for the next one', async () => {
  const url = await closedPort()
  vi.spyOn(Math, 'random').mockReturnValue(0.5)
  const own = eventStreamSignals(url, {
    retry: { delay: 40 },
    timeout: { idle: 7 },
    headers: { 'x-own': 'y' },
  })
  expect((await firstValueFrom(own.pipe(filter((signal) => signal.type === 'waiting')))).delayMs).toBe(20)
  expect(await firstWait(url)).toBe(250)
})
