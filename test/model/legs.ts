import { BeginningLeg } from './beginning-leg.ts'
import { ContinuedLeg } from './continued-leg.ts'
import type { Leg, LegHost, LegType } from './leg.ts'
import { PlainLeg } from './plain-leg.ts'
import { ReplayedLeg } from './replayed-leg.ts'

/**
 * @param how - `holds`: what comes before the first content waits for it, as far as there may be another attempt; `begin`:
 * where the caller has asked to begin
 */
export function legOf(
  type: LegType,
  host: LegHost,
  how: { readonly mayBeginAnew: boolean; readonly holds: boolean; readonly begin: string },
): Leg {
  const watched = (leg: Leg): Leg => (how.begin === '' ? leg : new BeginningLeg(how.begin, leg))
  switch (type) {
    case 'continue':
      return new ContinuedLeg(host, how.mayBeginAnew, how.begin)
    case 'replay':
      return watched(new ReplayedLeg(host))
    case 'replay elsewhere':
      return new ReplayedLeg(host)
    case 'reset':
      return watched(new PlainLeg(host, true, true))
    case 'reset elsewhere':
      return new PlainLeg(host, true, true)
    case 'first': {
      const plain = new PlainLeg(host, how.holds)
      return host.stand.cursor === how.begin ? watched(plain) : plain
    }
    default:
      return new PlainLeg(host, type === 'append' && how.holds)
  }
}
