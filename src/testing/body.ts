import { type Coder, createCoder } from './coder.ts'
import type { Plan } from './plan.ts'

/** The body of a plan, coded and cut into writes. */
export interface Body {
  /** Between two of these there is a pause. */
  readonly groups: readonly Iterable<Uint8Array>[]
  /** For a Content-Length: what is sent, or more than that where something is withheld. */
  readonly contentLength: number | undefined
  /** Open, for what comes after the pieces; to be closed by the caller. */
  readonly coder: Coder
}

export async function createBody(plan: Plan): Promise<Body> {
  const coder = createCoder(plan.coding)
  const coded = await encodeAll(coder, plan.pieces)
  if (plan.finishCoding) append(coded, await coder.finish())
  if (plan.foreign !== undefined && plan.foreign.length > 0) coded.push(plan.foreign)
  return {
    groups: cutIntoWrites(coded, plan),
    contentLength: plan.framing === 'content-length' ? await promised(plan, lengthOf(coded)) : undefined,
    coder,
  }
}

/** What follows after all, and the coding's end. */
export async function createRest(
  plan: Plan,
  coder: Coder,
  rest: readonly Uint8Array[],
): Promise<Body['groups']> {
  const coded = await encodeAll(coder, rest)
  append(coded, await coder.finish())
  return cutIntoWrites(coded, plan)
}

async function promised(plan: Plan, sent: number): Promise<number> {
  // What is withheld comes after all.
  if (plan.ending.type === 'announce') return wholeLength(plan)
  return plan.withheld.length === 0 ? sent : Math.max(await wholeLength(plan), sent + 1)
}

/** The length that the body would have had, coded. */
async function wholeLength(plan: Plan): Promise<number> {
  const coder = createCoder(plan.coding)
  try {
    const coded = await encodeAll(coder, [...plan.pieces, ...plan.withheld])
    return lengthOf(coded) + (await coder.finish()).length
  } finally {
    coder.close()
  }
}

async function encodeAll(coder: Coder, pieces: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const coded: Uint8Array[] = []
  for (const piece of pieces) coded.push(await coder.encode(piece))
  return coded
}

/** The end of a coding goes out with the last event, not after a pause. */
function append(coded: Uint8Array[], end: Uint8Array): void {
  const last = coded.pop()
  if (last === undefined) {
    if (end.length > 0) coded.push(end)
  } else {
    coded.push(end.length === 0 ? last : Buffer.concat([last, end]))
  }
}

const lengthOf = (pieces: readonly Uint8Array[]): number =>
  pieces.reduce((sum, { length }) => sum + length, 0)

/**
 * Pieces as groups of writes: without a size a write a piece; a pause between two pieces ends a write too. Cut while
 * they are sent: byte by byte they are many.
 */
function cutIntoWrites(pieces: readonly Uint8Array[], { writeSizes, paceMs }: Plan): Iterable<Uint8Array>[] {
  if (writeSizes === undefined) return pieces.map((piece) => [piece])
  const turns = inTurn(writeSizes)
  return (paceMs > 0 ? pieces : [Buffer.concat(pieces)]).map((piece) => writesOf(piece, turns))
}

function* writesOf(piece: Uint8Array, sizes: () => number): Iterable<Uint8Array> {
  for (let at = 0; at < piece.length; ) {
    const size = sizes()
    yield piece.subarray(at, at + size)
    at += size
  }
}

function inTurn(sizes: readonly number[]): () => number {
  let turn = 0
  return () => sizes[turn++ % sizes.length] as number
}
