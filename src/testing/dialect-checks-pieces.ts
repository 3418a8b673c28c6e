import { cutAt } from './dialect-checks-play.ts'
import { difference, type Stream } from './dialect-checks-stream.ts'
import { around, type Found, report } from './dialect-checks-words.ts'

const RANDOM_RUNS = 40
const MOST_CUTS = 12
const SEED = 0x5eed

/** A small seeded generator (mulberry32): the same pieces in every run. */
function generator(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

export function byteByByteProblem(stream: Stream): string | undefined {
  const { bytes } = stream.body
  const other = difference(stream.play([bytes.slice()], 'clean end'), stream.whole)
  if (other === undefined) return undefined
  const at = stream.whole.endedAt ?? bytes.length
  return `in one piece it is another stream; byte by byte it ${other}\n  at ${around(bytes, at)}`
}

export function anyCutProblem(stream: Stream): string | undefined {
  const found: Found[] = []
  const { bytes } = stream.body
  for (let offset = 1; offset < bytes.length; offset++) {
    const problem = difference(stream.whole, stream.play(cutAt(bytes, [offset]), 'clean end'))
    if (problem !== undefined) found.push({ offset, how: 'in two pieces, cut after', problem })
  }
  return report(bytes, found)
}

export function randomPiecesProblem(stream: Stream): string | undefined {
  const { bytes } = stream.body
  const random = generator(SEED)
  for (let run = 0; run < RANDOM_RUNS; run++) {
    const offsets = Array.from({ length: random(MOST_CUTS) + 1 }, () => random(bytes.length + 1))
    const problem = difference(stream.whole, stream.play(cutAt(bytes, offsets), 'clean end'))
    const places = offsets.sort((a, b) => a - b).join(', ')
    if (problem !== undefined) return `in pieces, cut after the bytes ${places}, it ${problem}`
  }
  return undefined
}

/** Two streams of one dialect object, whose events come in turn, the other half ahead; and once more after both. */
export function mixedProblem(stream: Stream, other: Stream): string | undefined {
  const dialect = stream.dialect()
  const one = stream.open(dialect)
  const two = other.open(dialect)
  const pieces = blocksOf(stream)
  const others = blocksOf(other)
  for (const piece of others.splice(0, Math.ceil(others.length / 2))) two.push(piece)
  while (pieces.length > 0 || others.length > 0) {
    const piece = pieces.shift()
    const next = others.shift()
    if (piece !== undefined) one.push(piece)
    if (next !== undefined) two.push(next)
  }
  one.end('clean end')
  two.end('clean end')
  // Its own dialect may have other options.
  const alone = other.play([other.body.bytes.slice()], 'clean end', stream.dialect())
  const mixed = difference(stream.whole, one) ?? difference(alone, two)
  if (mixed !== undefined)
    return `beside "${other.name}", both streams of one dialect object, one of them ${mixed}. ${HINT}`
  const again = difference(stream.whole, stream.play([stream.body.bytes.slice()], 'clean end', dialect))
  return again && `read once more by the same dialect object, it ${again}. ${HINT}`
}

const HINT = 'What a dialect remembers of a stream belongs into its memory, of which each stream has its own'

function blocksOf({ body }: Stream): Uint8Array[] {
  const blocks: Uint8Array[] = []
  for (let at = 0; at < body.bytes.length; ) {
    const end = body.endOfBlock(at + 1)
    blocks.push(body.bytes.slice(at, end))
    at = end
  }
  return blocks
}
