import { deflateSync, inflateSync } from 'node:zlib'

/** Pixels, four bytes each: red, green, blue, alpha. */
export interface Pixels {
  readonly width: number
  readonly height: number
  readonly rgba: Uint8Array
}

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')

/** Reads what Chromium writes: eight bits a channel, colours with or without alpha, not interlaced. */
export function readPng(file: Uint8Array): Pixels {
  const png = Buffer.from(file)
  const data: Buffer[] = []
  let [width, height, channels] = [0, 0, 0]
  for (let at = SIGNATURE.length; at < png.length; ) {
    const length = png.readUInt32BE(at)
    const type = png.toString('latin1', at + 4, at + 8)
    const chunk = png.subarray(at + 8, at + 8 + length)
    if (type === 'IHDR') {
      width = chunk.readUInt32BE(0)
      height = chunk.readUInt32BE(4)
      const [depth, colour, , , interlace] = chunk.subarray(8)
      if (depth !== 8 || interlace !== 0 || (colour !== 2 && colour !== 6)) throw new Error('not such a PNG')
      channels = colour === 6 ? 4 : 3
    } else if (type === 'IDAT') data.push(chunk)
    at += length + 12
  }
  return { width, height, rgba: unfiltered(inflateSync(Buffer.concat(data)), width, height, channels) }
}

function unfiltered(lines: Buffer, width: number, height: number, channels: number): Uint8Array {
  const stride = width * channels
  const out = new Uint8Array(width * height * 4).fill(255)
  let above = new Uint8Array(stride)
  for (let y = 0; y < height; y++) {
    const filter = lines[y * (stride + 1)]
    const line = new Uint8Array(lines.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)))
    for (let x = 0; x < stride; x++) {
      const left = x < channels ? 0 : (line[x - channels] as number)
      const up = above[x] as number
      const corner = x < channels ? 0 : (above[x - channels] as number)
      line[x] = ((line[x] as number) + predicted(filter as number, left, up, corner)) & 255
    }
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < channels; c++) out[(y * width + x) * 4 + c] = line[x * channels + c] as number
    }
    above = line
  }
  return out
}

/** The filters of PNG, the last of which is Paeth's [png section 9.2]. */
function predicted(filter: number, left: number, up: number, corner: number): number {
  if (filter < 2) return filter * left
  if (filter === 2) return up
  if (filter === 3) return (left + up) >> 1
  const [a, b, c] = [Math.abs(up - corner), Math.abs(left - corner), Math.abs(left + up - 2 * corner)]
  if (a <= b && a <= c) return left
  return b <= c ? up : corner
}

/** A PNG of few colours, which is a third of the size, and looks the same where there is text on plain grounds. */
export function writePng(pixels: Pixels, palette: Palette): Buffer {
  const { width, height } = pixels
  const { colours, indexOf } = palette
  const lines = Buffer.alloc(height * (width + 1))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++)
      lines[y * (width + 1) + 1 + x] = indexOf(colourAt(pixels, y * width + x)) as number
  }
  const head = Buffer.alloc(13)
  head.writeUInt32BE(width, 0)
  head.writeUInt32BE(height, 4)
  // Eight bits a pixel, which are a place in the palette.
  head.set([8, 3, 0, 0, 0], 8)
  const table = Buffer.from(colours.flatMap((colour) => [colour >> 16, (colour >> 8) & 255, colour & 255]))
  return Buffer.concat([
    SIGNATURE,
    chunkOf('IHDR', head),
    chunkOf('PLTE', table),
    chunkOf('IDAT', deflateSync(lines, { level: 9 })),
    chunkOf('IEND', Buffer.alloc(0)),
  ])
}

function chunkOf(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const chunk = Buffer.alloc(body.length + 8)
  chunk.writeUInt32BE(data.length, 0)
  body.copy(chunk, 4)
  chunk.writeUInt32BE(crc32(body), body.length + 4)
  return chunk
}

const CRC = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1
  return crc >>> 0
})

const crc32 = (data: Uint8Array): number => {
  let crc = 0xffffffff
  for (const byte of data) crc = (CRC[(crc ^ byte) & 255] as number) ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

const colourAt = ({ rgba }: Pixels, pixel: number): number =>
  ((rgba[pixel * 4] as number) << 16) |
  ((rgba[pixel * 4 + 1] as number) << 8) |
  (rgba[pixel * 4 + 2] as number)

export interface Palette {
  /** As `0xrrggbb`. */
  readonly colours: readonly number[]
  readonly indexOf: (colour: number) => number
}

interface Box {
  readonly colours: readonly (readonly [colour: number, count: number])[]
  readonly pixels: number
}

const channel = (colour: number, shift: number): number => (colour >> shift) & 255

const boxOf = (colours: Box['colours']): Box => ({
  colours,
  pixels: colours.reduce((sum, [, count]) => sum + count, 0),
})

/** The channel in which a box is longest, and how long. */
function longest({ colours }: Box): readonly [shift: number, length: number] {
  let best: readonly [number, number] = [0, 0]
  for (const shift of [16, 8, 0]) {
    let [low, high] = [255, 0]
    for (const [colour] of colours) {
      low = Math.min(low, channel(colour, shift))
      high = Math.max(high, channel(colour, shift))
    }
    if (high - low > best[1]) best = [shift, high - low]
  }
  return best
}

/** Heckbert's median cut, but that few pixels count for much: an amber line among many greys has to stay amber. */
export function paletteOf(pixels: Pixels, size: number): Palette {
  const counts = new Map<number, number>()
  for (let pixel = 0; pixel < pixels.width * pixels.height; pixel++) {
    const colour = colourAt(pixels, pixel)
    counts.set(colour, (counts.get(colour) ?? 0) + 1)
  }
  const boxes: Box[] = [boxOf([...counts])]
  while (boxes.length < size) {
    const worth = boxes.map((box) => longest(box)[1] * box.pixels ** 0.2)
    const index = worth.indexOf(Math.max(...worth))
    const box = boxes[index] as Box
    const [shift, length] = longest(box)
    if (length === 0) break
    const sorted = [...box.colours].sort(([a], [b]) => channel(a, shift) - channel(b, shift))
    const middle = middleOf(sorted, shift, box)
    boxes.splice(index, 1, boxOf(sorted.slice(0, middle)), boxOf(sorted.slice(middle)))
  }
  // A ground is a colour that is meant: the most frequent of a box stands for it, not their mean.
  const colours = boxes.map(
    ({ colours }) => colours.reduce((most, one) => (one[1] > most[1] ? one : most))[0],
  )
  return { colours, indexOf: nearestIn(colours) }
}

/** Halves the length, so that a ground of many pixels does not keep all the boxes to itself. */
function middleOf(sorted: Box['colours'], shift: number, box: Box): number {
  const first = channel((sorted[0] as readonly [number, number])[0], shift)
  const half = first + longest(box)[1] / 2
  const index = sorted.findIndex(([colour]) => channel(colour, shift) > half)
  return Math.min(Math.max(index, 1), sorted.length - 1)
}

function nearestIn(colours: readonly number[]): (colour: number) => number {
  const known = new Map<number, number>()
  return (colour) => {
    const found = known.get(colour)
    if (found !== undefined) return found
    let [best, distance] = [0, Number.POSITIVE_INFINITY]
    colours.forEach((candidate, index) => {
      const apart = [16, 8, 0].reduce(
        (sum, shift) => sum + (channel(colour, shift) - channel(candidate, shift)) ** 2,
        0,
      )
      if (apart < distance) [best, distance] = [index, apart]
    })
    known.set(colour, best)
    return best
  }
}
