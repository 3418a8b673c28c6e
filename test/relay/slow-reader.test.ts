import type { ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { pipeline } from 'node:stream/promises'
import { expect, it, onTestFinished } from 'vitest'
import { fromEventStream, toAsyncIterable } from '../../src/index.ts'
import { type RelaySource, relayResponse } from '../../src/relay/index.ts'
import { SSE, serve, until } from '../server.ts'

const MOST = 512 * 1024 * 1024
const EVENTS = `data: ${'x'.repeat(1_000)}\n\n`.repeat(64)

/** Sends as fast as it is read; how much, and whether somebody still reads. */
async function startFlood() {
  const flood = { url: '', bytes: 0, open: false }
  const { url } = await serve((_, res) => {
    flood.open = true
    res.on('close', () => {
      flood.open = false
    })
    res.writeHead(200, SSE)
    send(res)
  })
  const send = (res: ServerResponse): void => {
    while (flood.open && flood.bytes < MOST) {
      flood.bytes += EVENTS.length
      if (!res.write(EVENTS)) {
        res.once('drain', () => send(res))
        return
      }
    }
  }
  flood.url = url
  return flood
}

/** A reader that has asked, and reads when it is told to. */
async function askSlowly(source: RelaySource<unknown>, onError: (error: unknown) => void) {
  const { url } = await serve(async (_, res) => {
    const response = await relayResponse(source, { onError })
    res.writeHead(response.status, Object.fromEntries(response.headers))
    await pipeline(response.body ?? [], res).catch(() => {})
  })
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  onTestFinished(() => {
    socket.destroy()
  })
  socket.pause()
  socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n')
  return socket
}

/** Until it has not changed for a while. */
async function settled(value: () => number): Promise<void> {
  let last = -1
  while (last !== value()) {
    last = value()
    await new Promise((resolve) => setTimeout(resolve, 250))
  }
}

it('holds up the source of an AsyncIterable, over all sockets', async () => {
  const flood = await startFlood()
  const socket = await askSlowly(toAsyncIterable(flood.url), () => {})
  await until(() => flood.bytes > 0)
  await settled(() => flood.bytes)
  expect(flood.open).toBe(true)
  // What the systems' buffers hold, twice.
  expect(flood.bytes).toBeLessThan(MOST / 4)
  socket.destroy()
  await until(() => !flood.open, 'the end of the request')
})

it('is told by a relay of an Observable that it missed something, and the source is ended', async () => {
  const flood = await startFlood()
  const errors: unknown[] = []
  const socket = await askSlowly(fromEventStream(flood.url), (error) => errors.push(error))
  await until(() => errors.length > 0, 'the relay to give up')
  expect(errors).toEqual([expect.any(RangeError)])
  await until(() => !flood.open, 'the end of the request')
  expect(flood.bytes).toBeLessThan(MOST / 4)
  let end = ''
  for await (const chunk of socket) end = (end + chunk).slice(-500)
  expect(end).toContain('"code":"stream_error"')
})
