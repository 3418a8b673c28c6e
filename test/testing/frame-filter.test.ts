import { Duplex } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { FrameFilter } from '../../src/testing/frame-filter.ts'

const frame = (type: number, flags: number, streamId: number, payload = ''): Buffer => {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(streamId, 5)
  return Buffer.concat([head, Buffer.from(payload)])
}

const HEADERS = frame(1, 0, 1, 'fields')
const CONTINUATION = frame(9, 4, 1, 'more fields')
const DATA = frame(0, 0, 1, 'event')
const GOAWAY = Buffer.concat([
  frame(7, 0, 0, 'x'.repeat(8)).subarray(0, 9),
  Buffer.from([0, 0, 0, 1, 0, 0, 0, 2]),
])
const RESET = Buffer.concat([frame(3, 0, 1, 'x'.repeat(4)).subarray(0, 9), Buffer.from([0, 0, 0, 8])])

function filtered(): { filter: FrameFilter; out: () => Promise<Buffer> } {
  const written: Buffer[] = []
  const socket = new Duplex({
    read() {},
    write(chunk: Buffer, _, callback) {
      written.push(chunk)
      callback()
    },
  })
  const out = async (): Promise<Buffer> => {
    await new Promise(setImmediate)
    return Buffer.concat(written)
  }
  return { filter: new FrameFilter(socket), out }
}

describe('a frame of its own', () => {
  it('goes out at once between two of the server', async () => {
    const { filter, out } = filtered()
    filter.write(DATA)
    filter.goAway(1, 2)
    expect(await out()).toEqual(Buffer.concat([DATA, GOAWAY]))
  })

  it.each([1, 5, 9, 11])('waits for the end of a frame that is out up to byte %i', async (cut) => {
    const { filter, out } = filtered()
    filter.write(DATA.subarray(0, cut))
    filter.goAway(1, 2)
    filter.write(Buffer.concat([DATA.subarray(cut), DATA]))
    expect(await out()).toEqual(Buffer.concat([DATA, GOAWAY, DATA]))
  })

  it('waits for the end of a field block, in which no other frame may stand [rfc9113 section 4.3]', async () => {
    const { filter, out } = filtered()
    filter.write(HEADERS)
    filter.goAway(1, 2)
    filter.write(CONTINUATION)
    filter.write(DATA)
    expect(await out()).toEqual(Buffer.concat([HEADERS, CONTINUATION, GOAWAY, DATA]))
  })

  it('ends a stream: nothing more of it goes out, but all of the others', async () => {
    const { filter, out } = filtered()
    const other = frame(0, 1, 3, 'other')
    filter.write(DATA)
    filter.resetStream(1, 8)
    filter.write(Buffer.concat([DATA, other, frame(3, 0, 1, 'code')]))
    expect(await out()).toEqual(Buffer.concat([DATA, RESET, other]))
  })

  it('is the last thing that goes out once the server is silenced', async () => {
    const { filter, out } = filtered()
    filter.goAway(1, 2)
    filter.silence()
    filter.write(DATA)
    expect(await out()).toEqual(GOAWAY)
  })
})
