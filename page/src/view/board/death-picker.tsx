import type { Page } from '../../state/page.ts'
import { useStore } from '../../state/store.ts'
import { deathOf, deaths } from '../../wire/deaths.ts'
import type { DeathGroup } from '../../wire/types.ts'
import { DeathGlyph } from './death-glyph.tsx'

const groups: readonly DeathGroup[] = [...new Set(deaths.map(({ group }) => group))]

/** The ways to fail, all in sight: radio buttons, so that arrow keys go through them. */
export function DeathPicker({ page }: { page: Page }) {
  const chosen = useStore(page, ({ settings }) => settings.death)
  const { about, seen } = deathOf(chosen)
  return (
    <fieldset class="deaths" aria-describedby="death-about">
      <legend class="visually-hidden">Kind of death</legend>
      {groups.map((group) => (
        <div class="death-group" key={group}>
          <p class="label">{group}</p>
          {deaths
            .filter((death) => death.group === group)
            .map(({ value, label }) => (
              <label class="death" key={value}>
                <input
                  type="radio"
                  name="death"
                  value={value}
                  checked={value === chosen}
                  onChange={() => page.set('death', value)}
                />
                <DeathGlyph kind={value} />
                <span>{label}</span>
              </label>
            ))}
        </div>
      ))}
      <div class="death-about" id="death-about">
        <p>{about}</p>
        <p class="hint">In an app that does not look closely: {lower(seen)}</p>
      </div>
    </fieldset>
  )
}

const lower = (sentence: string): string => sentence.charAt(0).toLowerCase() + sentence.slice(1)
