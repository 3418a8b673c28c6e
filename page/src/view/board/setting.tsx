import type { Page } from '../../state/page.ts'
import { useStore } from '../../state/store.ts'
import { controlApplies } from '../../wire/switchboard.ts'
import type { Control, Settings } from '../../wire/types.ts'

/** One setting: a list, or a switch. What says nothing about the chosen failure is not there. */
export function Setting({ control, page }: { control: Control; page: Page }) {
  const settings = useStore(page, (state) => state.settings)
  const { key, label, about } = control
  if (control.type === 'position' || !controlApplies(key, settings)) return null
  const id = `setting-${key}`
  if (control.type === 'flag') {
    return (
      <div class="field">
        <span class="label" id={`${id}-label`}>
          {label}
        </span>
        <label class="switch" title={about}>
          <input
            id={id}
            type="checkbox"
            aria-labelledby={`${id}-label`}
            checked={settings[key] === true}
            onChange={(event) => page.set(key, event.currentTarget.checked as Settings[typeof key])}
          />
          <span aria-hidden="true">{settings[key] === true ? 'yes' : 'no'}</span>
        </label>
      </div>
    )
  }
  const chosen = control.choices.find(({ value }) => value === settings[key])
  return (
    <div class="field" data-key={key}>
      <label for={id}>{label}</label>
      <select
        id={id}
        class="input"
        title={chosen === undefined ? about : `${about} ${chosen.label}: ${chosen.about}`}
        value={String(settings[key])}
        onChange={(event) => page.set(key, event.currentTarget.value as Settings[typeof key])}
      >
        {control.choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </div>
  )
}
