import { useState } from 'preact/hooks'
import type { Page } from '../../state/page.ts'
import { useStore } from '../../state/store.ts'
import { dialects } from '../../wire/dialects.ts'
import { checkUrl } from '../../wire/own-request.ts'
import { strategies } from '../../wire/strategies.ts'
import { controls } from '../../wire/switchboard.ts'
import type { Choice, FormProblem, OwnForm } from '../../wire/types.ts'
import { StartButton } from '../chat/prompt.tsx'
import { Icon } from '../icon.tsx'

const METHODS = ['GET', 'POST', 'PUT'] as const

const FACES: readonly Choice<OwnForm['face']>[] = [
  {
    value: 'node',
    label: 'The local server',
    about: 'Sent by the server that serves this page: no CORS, and it sees how a connection broke.',
  },
  {
    value: 'browser',
    label: 'This browser',
    about: 'Sent by fetch, as your own page would: the server must allow it by CORS.',
  },
]

const retries: readonly Choice[] = controls.flatMap((control) =>
  control.key === 'retries' && control.type === 'choice' ? control.choices : [],
)

export function OwnStream({ page }: { page: Page }) {
  const form = useStore(page, (state) => state.form)
  const isOpening = useStore(page, (state) => state.isOpening)
  const problem = useStore(page, (state) => state.problem)
  const [leftUrl, setLeftUrl] = useState(false)
  // Not while it is being typed: an address is wrong until it is finished.
  const urlProblem = leftUrl && form.url !== '' ? checkUrl(form.url) : undefined
  const problemOf = (field: FormProblem['field']): string | undefined => {
    if (problem?.field === field) return `${problem.what} ${problem.doThis}`
    return field === 'url' && urlProblem !== undefined ? `${urlProblem.what} ${urlProblem.doThis}` : undefined
  }
  const dialect = dialects.find(({ value }) => value === form.dialect)
  return (
    <form
      class="own"
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        setLeftUrl(true)
        if (!isOpening) page.start()
      }}
    >
      <Field id="own-url" label="URL" problem={problemOf('url')}>
        {(described) => (
          <input
            id="own-url"
            class="input mono"
            type="url"
            inputMode="url"
            autocomplete="off"
            spellcheck={false}
            placeholder="https://host/v1/chat/completions"
            value={form.url}
            {...described}
            onInput={(event) => {
              setLeftUrl(false)
              page.setForm({ url: event.currentTarget.value })
            }}
            onBlur={() => setLeftUrl(true)}
          />
        )}
      </Field>
      <div class="own-pair">
        <Select
          id="own-method"
          label="Method"
          value={form.method}
          choices={METHODS.map((method) => ({ value: method, label: method, about: '' }))}
          onChange={(method) => page.setForm({ method })}
        />
        <Select
          id="own-dialect"
          label="Dialect"
          value={form.dialect}
          choices={dialects}
          onChange={(value) => page.setForm({ dialect: value })}
        />
      </div>
      {dialect === undefined ? null : <p class="hint">{dialect.about}</p>}
      <Field
        id="own-headers"
        label="Headers"
        problem={problemOf('headers')}
        hint="One a line. Kept in this page's memory only."
      >
        {(described) => (
          <textarea
            id="own-headers"
            class="input mono"
            rows={3}
            spellcheck={false}
            autocomplete="off"
            placeholder="Authorization: Bearer …"
            value={form.headers}
            {...described}
            onInput={(event) => page.setForm({ headers: event.currentTarget.value })}
          />
        )}
      </Field>
      {form.method === 'GET' ? null : (
        <Field id="own-body" label="Body" problem={problemOf('body')} hint="Sent as it stands.">
          {(described) => (
            <textarea
              id="own-body"
              class="input mono"
              rows={5}
              spellcheck={false}
              placeholder={'{ "model": "…", "stream": true, "messages": [] }'}
              value={form.body}
              {...described}
              onInput={(event) => page.setForm({ body: event.currentTarget.value })}
            />
          )}
        </Field>
      )}
      <Select
        id="own-face"
        label="Sent by"
        value={form.face}
        choices={FACES}
        onChange={(face) => page.setForm({ face })}
      />
      <p class="hint">{FACES.find(({ value }) => value === form.face)?.about}</p>
      <div class="own-pair">
        <Select
          id="own-strategy"
          label="How to go on"
          value={form.strategy}
          choices={strategies}
          onChange={(strategy) => page.setForm({ strategy })}
        />
        <Select
          id="own-retries"
          label="Retries"
          value={form.retries}
          choices={retries as readonly Choice<OwnForm['retries']>[]}
          onChange={(value) => page.setForm({ retries: value })}
        />
      </div>
      <StartButton isOpening={isOpening} label="Watch" />
    </form>
  )
}

interface Described {
  readonly 'aria-describedby'?: string
  readonly 'aria-invalid'?: 'true'
}

interface FieldProps {
  readonly id: string
  readonly label: string
  readonly problem: string | undefined
  readonly hint?: string
  readonly children: (described: Described) => preact.ComponentChild
}

function Field({ id, label, problem, hint, children }: FieldProps) {
  const ids = [problem === undefined ? '' : `${id}-problem`, hint === undefined ? '' : `${id}-hint`].filter(
    Boolean,
  )
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {children({
        ...(ids.length === 0 ? undefined : { 'aria-describedby': ids.join(' ') }),
        ...(problem === undefined ? undefined : { 'aria-invalid': 'true' }),
      })}
      {/* There before its words are, so that they are read out. */}
      <div id={`${id}-problem`} aria-live="polite">
        {problem === undefined ? null : (
          <p class="problem">
            <Icon name="warning" />
            <span>{problem}</span>
          </p>
        )}
      </div>
      {hint === undefined ? null : (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
    </div>
  )
}

interface SelectProps<V extends string> {
  readonly id: string
  readonly label: string
  readonly value: V
  readonly choices: readonly Choice<V>[]
  readonly onChange: (value: V) => void
}

function Select<V extends string>({ id, label, value, choices, onChange }: SelectProps<V>) {
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="input"
        value={value}
        onChange={(event) => onChange(event.currentTarget.value as V)}
      >
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </div>
  )
}
