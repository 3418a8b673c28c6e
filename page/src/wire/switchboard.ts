import { strikeRange } from './answers.ts'
import { deathOf, deaths } from './deaths.ts'
import { chatDialects } from './dialects.ts'
import { gatewayCodes } from './library.ts'
import { strategies } from './strategies.ts'
import type { Choice, Control, SettingKey, Settings } from './types.ts'

/** What the page begins with: the failure that nobody notices. */
export const defaultSettings: Settings = {
  death: 'clean-end',
  at: 60,
  breaks: '1',
  afterwards: 'rest',
  ids: true,
  strategy: 'auto',
  retries: '3',
  dialect: 'openai-chat',
  face: 'browser',
  rate: '20',
  network: 'events',
  thinks: '600',
  length: 'usual',
  code: 'model_overloaded',
  retryAfter: '0',
  patience: '5',
}

const choice = <V extends string>(value: V, label: string, about: string): Choice<V> => ({
  value,
  label,
  about,
})

const codes: readonly Choice[] = Object.entries(gatewayCodes).map(([value, { meaning, retryable }]) =>
  choice(value, value, `${meaning}; ${retryable ? 'may be tried again' : 'not to be tried again'}.`),
)

/** The switchboard, control by control, in the order in which it is read. */
export const controls: readonly Control[] = [
  {
    type: 'choice',
    key: 'death',
    group: 'failure',
    label: 'How it dies',
    about: 'What the gateway does to the stream.',
    choices: deaths,
  },
  {
    type: 'position',
    key: 'at',
    group: 'failure',
    label: 'Where it strikes',
    about: 'After so many words of the answer.',
  },
  {
    type: 'choice',
    key: 'code',
    group: 'failure',
    label: 'What the error says',
    about:
      'The code in the gateway’s error envelope; its row decides whether the same request may be tried again.',
    choices: codes,
  },
  {
    type: 'choice',
    key: 'retryAfter',
    group: 'failure',
    label: 'Retry-After',
    about: 'How long the gateway asks to wait before the next request.',
    choices: [
      choice('0', 'Not said', 'The client decides by itself.'),
      choice('2', '2 s', 'The client waits at least that long.'),
      choice('5', '5 s', 'The client waits at least that long.'),
      choice('120', '2 min', 'Longer than the client is willing to wait: it tells the failure at once.'),
    ],
  },
  {
    type: 'choice',
    key: 'breaks',
    group: 'failure',
    label: 'How often',
    about: 'How many requests break, one after the other.',
    choices: [
      choice('1', 'Once', 'The first request breaks, the next is answered.'),
      choice('2', 'Twice', 'The first two requests break.'),
      choice('3', 'Three times', 'The first three requests break.'),
      choice('all', 'Always', 'No request is answered whole.'),
    ],
  },
  {
    type: 'choice',
    key: 'afterwards',
    group: 'recovery',
    label: 'What the gateway does then',
    about: 'How it answers the request that goes on.',
    choices: [
      choice('rest', 'Goes on', 'It sends what it is asked for: what follows the cursor, or the rest.'),
      choice('whole', 'Begins again', 'It ignores the cursor and sends the same answer from its beginning.'),
      choice('other', 'Says something else', 'It begins again, with another answer.'),
      choice('refused', 'Refuses', 'It answers with the chosen error.'),
    ],
  },
  {
    type: 'flag',
    key: 'ids',
    group: 'recovery',
    label: 'Events have IDs',
    about: 'With an ID on each event a stream can be resumed exactly where it was cut.',
  },
  {
    type: 'choice',
    key: 'strategy',
    group: 'recovery',
    label: 'How to go on',
    about: 'What the client does once words have arrived; before the first it just asks again.',
    choices: strategies,
  },
  {
    type: 'choice',
    key: 'retries',
    group: 'recovery',
    label: 'Retries',
    about: 'Failures in a row without progress that the client forgives.',
    choices: [
      choice('0', 'None', 'Each failure is told at once.'),
      choice('1', '1', 'One failure in a row is forgiven.'),
      choice('3', '3', 'Three failures in a row are forgiven: the default.'),
      choice('6', '6', 'Six failures in a row are forgiven.'),
    ],
  },
  {
    type: 'choice',
    key: 'patience',
    group: 'recovery',
    label: 'Patience',
    about: 'How long the client bears silence (timeout.idle and timeout.stall; minutes by default).',
    choices: [
      choice('2', '2 s', 'For the impatient.'),
      choice('5', '5 s', 'Short enough to watch.'),
      choice('30', '30 s', 'As an app would have it.'),
    ],
  },
  {
    type: 'choice',
    key: 'dialect',
    group: 'wire',
    label: 'Wire',
    about: 'In whose words the gateway answers.',
    choices: chatDialects.map(({ value, label, about }) => choice(value, label, about)),
  },
  {
    type: 'choice',
    key: 'face',
    group: 'wire',
    label: 'Who asks',
    about: 'Which transport sends the requests.',
    choices: [
      choice(
        'browser',
        'This browser',
        'By fetch, as a page does; the browser hides why a connection broke.',
      ),
      choice('node', 'Node, next door', 'By undici in the local server, which tells a close from a reset.'),
    ],
  },
  {
    type: 'choice',
    key: 'length',
    group: 'speed',
    label: 'Length',
    about: 'How much the model has to say.',
    choices: [
      choice('short', 'A sentence', 'Some twenty words.'),
      choice('usual', 'Two paragraphs', 'Some two hundred words.'),
      choice('10000', '10,000 words', 'To see whether the page stays quick.'),
    ],
  },
  {
    type: 'choice',
    key: 'thinks',
    group: 'speed',
    label: 'Thinks for',
    about: 'How long it takes until the response begins.',
    choices: [
      choice('0', 'Not at all', 'The answer begins at once.'),
      choice('600', '0.6 s', 'A quick model.'),
      choice('3000', '3 s', 'A slow one.'),
    ],
  },
  {
    type: 'choice',
    key: 'rate',
    group: 'speed',
    label: 'Model speed',
    about: 'Words a second.',
    choices: [
      choice('4', '4 a second', 'Slow enough to read every event.'),
      choice('20', '20 a second', 'A usual model.'),
      choice('80', '80 a second', 'A fast one.'),
      choice('2000', '2,000 a second', 'More than anybody reads.'),
      choice('all', 'All at once', 'As fast as the wire.'),
    ],
  },
  {
    type: 'choice',
    key: 'network',
    group: 'speed',
    label: 'Network',
    about: 'In what pieces the bytes arrive.',
    choices: [
      choice('events', 'Whole events', 'A write for each event.'),
      choice('crumbs', 'Crumbs', 'Pieces of 1 to 19 bytes, across lines and characters.'),
      choice('bytes', 'Byte by byte', 'A write for each byte.'),
    ],
  },
]

const NEEDS_CODE = new Set(['refused-status', 'in-band-error'])

/** Whether a control changes anything with the other settings as they are. */
export function controlApplies(key: SettingKey, settings: Settings): boolean {
  const { death, afterwards } = settings
  const fails = death !== 'whole' && death !== 'refused-connection'
  switch (key) {
    case 'at':
      return deathOf(death).strikes
    case 'code':
      return NEEDS_CODE.has(death) || (fails && afterwards === 'refused')
    case 'retryAfter':
      return death === 'refused-status' || (fails && afterwards === 'refused')
    case 'breaks':
      return fails
    case 'afterwards':
      return fails && settings.breaks !== 'all'
    case 'ids':
      return settings.dialect !== 'openai-responses'
    case 'strategy':
      return death === 'no-marker' || deathOf(death).strikes
    case 'retries':
      return death !== 'whole'
    case 'length':
    case 'thinks':
    case 'rate':
    case 'network':
      return death !== 'refused-connection'
    default:
      return true
  }
}

const byKey = new Map(controls.map((control) => [control.key, control]))

/** The settings as the part of an address behind `#`: those that are not the default. `''`: all are. */
export function settingsToHash(settings: Settings): string {
  const changed = (Object.keys(defaultSettings) as SettingKey[])
    .filter((key) => settings[key] !== defaultSettings[key])
    .map((key): [string, string] => [key, String(settings[key])])
  return changed.length === 0 ? '' : `#${new URLSearchParams(changed)}`
}

function readSetting(control: Control, text: string): Settings[SettingKey] | undefined {
  if (control.type === 'flag') return text === 'true' ? true : text === 'false' ? false : undefined
  if (control.type === 'position') return /^\d{1,6}$/.test(text) ? Number(text) : undefined
  return control.choices.find(({ value }) => value === text)?.value as Settings[SettingKey] | undefined
}

/** What is no setting is passed over: an address may be old, cut, or typed. */
export function settingsFromHash(hash: string): Settings {
  const given: Partial<Record<SettingKey, unknown>> = {}
  for (const [key, text] of new URLSearchParams(hash.replace(/^#/, ''))) {
    const control = byKey.get(key as SettingKey)
    const value = control === undefined ? undefined : readSetting(control, text)
    if (value !== undefined) given[key as SettingKey] = value
  }
  return withinRange({ ...defaultSettings, ...given } as Settings)
}

/** With the place of the failure inside the answer: a shorter one has fewer places. */
export function withinRange(settings: Settings): Settings {
  const { from, to } = strikeRange(settings)
  const at = Math.min(Math.max(settings.at, from), to)
  return at === settings.at ? settings : { ...settings, at }
}
