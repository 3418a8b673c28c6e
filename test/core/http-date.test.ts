import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { retryAfterMs } from '../../src/errors/http.ts'
import { parseDate } from '../../src/errors/http-date.ts'

const AT = Date.UTC(1994, 10, 6, 8, 49, 37)

const FORMS = [
  ['IMF-fixdate', 'Sun, 06 Nov 1994 08:49:37 GMT'],
  ['rfc850', 'Sunday, 06-Nov-94 08:49:37 GMT'],
  ['asctime', 'Sun Nov  6 08:49:37 1994'],
  ['RFC 3339', '1994-11-06T08:49:37Z'],
  ['RFC 3339 without a zone', '1994-11-06T08:49:37'],
  ['RFC 3339 with a blank and no zone', '1994-11-06 08:49:37'],
  ['RFC 3339 with a zone of its own', '1994-11-06T03:49:37-05:00'],
] as const

describe('a date in a header', () => {
  it.each(FORMS)('is read in the form of %s', (_, text) => {
    expect(parseDate(text)).toBe(AT)
    expect(retryAfterMs((name) => (name === 'retry-after' ? text : undefined), AT - 7_000)).toBe(7_000)
  })

  it('is UTC in every form, wherever the machine stands', () => {
    const module = new URL('../../src/errors/http-date.ts', import.meta.url)
    const script = `
      import { parseDate } from ${JSON.stringify(module.href)}
      const dates = ${JSON.stringify(FORMS.map(([, text]) => text))}.map(parseDate)
      process.stdout.write(JSON.stringify({ offset: new Date(${AT}).getTimezoneOffset(), dates }))`
    const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      env: { ...process.env, TZ: 'America/New_York' },
      encoding: 'utf8',
    })
    expect(JSON.parse(printed)).toEqual({ offset: 300, dates: FORMS.map(() => AT) })
  })

  it.each(['', 'soon', '5', 'in 5 days', 'Sun', '1994', 'Sun, 06 Foo 1994 08:49:37 GMT'])(
    'is none in %j',
    (text) => {
      expect(parseDate(text)).toBeUndefined()
    },
  )
})
