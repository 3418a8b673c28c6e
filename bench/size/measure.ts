import { bundle } from './bundle.ts'
import { type Case, OWN, PEERS, type Peer } from './cases.ts'
import { type Weight, weigh } from './weigh.ts'

export interface OwnMeasure {
  readonly case: Case
  readonly alone: Weight
  readonly withRxjs: Weight
}

export interface PeerMeasure {
  readonly peer: Peer
  readonly weight: Weight
}

/** @param project - has rx-sse in its `node_modules` */
export async function measureOwn(project: string): Promise<OwnMeasure[]> {
  const measures: OwnMeasure[] = []
  for (const own of OWN) {
    measures.push({
      case: own,
      alone: weigh((await bundle(own.program, { project, external: ['rxjs'] })).code),
      withRxjs: weigh((await bundle(own.program, { project })).code),
    })
  }
  return measures
}

/** @param project - has the other clients in its `node_modules` */
export async function measurePeers(project: string): Promise<PeerMeasure[]> {
  const measures: PeerMeasure[] = []
  for (const peer of PEERS) measures.push({ peer, weight: await weightOf(peer, project) })
  return measures
}

async function weightOf({ title, program }: Peer, project: string): Promise<Weight> {
  if (program === '') return weigh('')
  const { code, imports } = await bundle(program, { project })
  if (imports.length > 0) throw new Error(`${title} is not whole: it imports ${imports.join(', ')}`)
  return weigh(code)
}
