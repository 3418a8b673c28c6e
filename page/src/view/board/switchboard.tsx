import type { Page } from '../../state/page.ts'
import { controls } from '../../wire/switchboard.ts'
import type { Control } from '../../wire/types.ts'
import { DeathPicker } from './death-picker.tsx'
import { Setting } from './setting.tsx'
import { StrikeSlider } from './strike-slider.tsx'

const GROUPS: readonly (readonly [group: Control['group'], title: string])[] = [
  ['failure', 'The failure'],
  ['recovery', 'The recovery'],
  ['wire', 'The wire'],
  ['speed', 'The speed'],
]

const listed = controls.filter(({ key }) => key !== 'death' && key !== 'at')

export function Switchboard({ page }: { page: Page }) {
  return (
    <div class="board">
      <DeathPicker page={page} />
      <StrikeSlider page={page} />
      {GROUPS.map(([group, title]) => (
        <fieldset class="settings" key={group}>
          <legend class="label">{title}</legend>
          <div class="settings-grid">
            {listed
              .filter((control) => control.group === group)
              .map((control) => (
                <Setting key={control.key} control={control} page={page} />
              ))}
          </div>
        </fieldset>
      ))}
      <button type="button" class="button button-plain board-reset" onClick={page.resetSettings}>
        Back to the defaults
      </button>
    </div>
  )
}
