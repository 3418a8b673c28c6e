import { readFile } from 'node:fs/promises'
import type { Download } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { chatDialects } from '../../page/src/wire/dialects.ts'
import { type Endpoints, HOSTILE, startEndpoints, TEXT } from './page/endpoints.ts'
import { expectFixture, savedFixture } from './page/fixture-check.ts'
import type { Seen } from './page/seen.ts'
import { eventually, it, type Visited } from './page/visiting.ts'

let endpoints: Endpoints

beforeAll(async () => {
  endpoints = await startEndpoints()
})
afterAll(async () => {
  await endpoints?.[Symbol.asyncDispose]()
})

interface Typed {
  readonly url: string
  readonly method?: 'GET' | 'POST'
  readonly headers?: string
  readonly body?: string
  readonly by?: 'The local server' | 'This browser'
  readonly retries?: string
}

type Visit = (hash?: string) => Promise<Visited>

/** Fills the form as a person does, and watches. */
async function watch(
  visit: Visit,
  { url, method, headers, body, by, retries = 'None' }: Typed,
): Promise<Visited> {
  const seen = await visit('own')
  await fill(seen, {
    url,
    ...(method && { method }),
    ...(headers && { headers }),
    ...(body && { body }),
    ...(by && { by }),
    retries,
  })
  await seen.button('Watch').click()
  return seen
}

async function fill(
  { page, watch: watching }: Visited,
  { url, method, headers, body, by, retries = 'None' }: Typed,
): Promise<void> {
  const box = (name: string) => page.getByRole('textbox', { name, exact: true })
  const list = (name: string) => page.getByRole('combobox', { name, exact: true })
  await box('URL').fill(url)
  if (method !== undefined) await list('Method').selectOption(method)
  if (headers !== undefined) await box('Headers').fill(headers)
  if (body !== undefined) await box('Body').fill(body)
  if (by !== undefined) await list('Sent by').selectOption({ label: by })
  if (by === 'This browser') watching.allow(url)
  await list('Retries').selectOption({ label: retries })
}

/** The words at a field, which is marked as wrong and described by them. */
async function problemAt({ page }: Seen, field: string): Promise<string> {
  const box = page.getByRole('textbox', { name: field, exact: true })
  await eventually(async () => expect(await box.getAttribute('aria-invalid')).toBe('true'))
  const ids = ((await box.getAttribute('aria-describedby')) ?? '').split(' ')
  const words = await Promise.all(ids.map((id) => page.locator(`[id="${id}"]`).innerText()))
  return words.join(' ')
}

describe.concurrent('what cannot be sent is said at the field, and nothing is sent', () => {
  const URLS = [
    ['', 'There is no URL yet', 'Paste the address'],
    ['what is this', 'This is not a URL', 'It begins with http:// or https://'],
    ['localhost:8080/v1', 'The URL has no scheme', 'Begin it with http://.'],
    ['api.example.com/v1', 'The URL has no scheme', 'Begin it with https://.'],
    ['ftp://example.com/', 'Event streams come over HTTP, not ftp://', 'Begin it with http:// or https://'],
    ['http://host:99999/', 'its host or its port is not valid', 'Correct what stands behind ://'],
    ['https://', 'its host or its port is not valid', 'Correct what stands behind ://'],
    ['http://127.0.0.1:1/#part', 'The part behind # is never sent', 'Leave it out'],
  ] as const
  it('a URL that is none', async ({ visit }) => {
    const seen = await visit('own')
    for (const [url, what, doThis] of URLS) {
      await fill(seen, { url })
      await seen.button('Watch').click()
      const words = await problemAt(seen, 'URL')
      expect(words, url).toContain(what)
      expect(words, url).toContain(doThis)
      expect(await seen.status()).toBeUndefined()
    }
  })

  const HEADERS = [
    ['Bad Name: x', 'Line 1 is not a header'],
    ['Accept: a\nsk-secret-without-a-name', 'Line 2 is not a header'],
    ['Authorization: Bearer “abc”', 'The value of Authorization has a character that a header cannot carry'],
  ] as const
  it('headers that are none; and what may be a key is not repeated', async ({ visit }) => {
    const seen = await visit('own')
    for (const [headers, what] of HEADERS) {
      await fill(seen, { url: endpoints.nobody, headers })
      await seen.button('Watch').click()
      const words = await problemAt(seen, 'Headers')
      expect(words).toContain(what)
      expect(words).not.toMatch(/secret|abc/)
      expect(await seen.status()).toBeUndefined()
    }
  })

  it('a body that is no JSON', async ({ visit }) => {
    const seen = await watch(visit, { url: endpoints.nobody, body: '{"stream": true,}' })
    expect(await problemAt(seen, 'Body')).toMatch(
      /The body is no JSON: .*Correct it, or set another Content-Type/,
    )
    expect(await seen.status()).toBeUndefined()
    // Until it is corrected.
    await fill(seen, { url: endpoints.nobody, body: '{"stream": true}' })
    await seen.button('Watch').click()
    await seen.until('Failed')
  })
})

describe.concurrent('an endpoint that is none', () => {
  const CASES = [
    ['where nobody listens', 'nobody', 'connection_failed', /No connection/, /Check host and port/],
    ['that wants a key', '/401', 'invalid_api_key', /does not know this API key/, /Check the key/],
    ['that is not there', '/404', 'not_found', /nothing at this address/, /Check the path of the URL/],
    ['that is a web page', '/html', 'not_event_stream', /not with an event stream/, /Check the URL/],
    ['that is plain JSON', '/json', 'not_event_stream', /not with an event stream/, /"stream": true/],
  ] as const
  it.for(CASES)(
    '%s is told in plain words, with what to do',
    async ([_, path, code, what, doThis], { visit }) => {
      const seen = await watch(visit, {
        url: path === 'nobody' ? endpoints.nobody : endpoints.at(path),
        body: '{}',
      })
      await seen.until('Failed')
      await eventually(async () => expect(await seen.facts()).toMatchObject({ kind: 'request_failed', code }))
      expect(await seen.ending()).toMatch(what)
      expect(await seen.ending()).toMatch(doThis)
      expect(await seen.text()).toBe('')
    },
  )
})

describe.concurrent('a server that lets no page read it', () => {
  it('looks like no network to a browser: the hint says what it may be; the local server reads it', async ({
    visit,
  }) => {
    const url = endpoints.at('/closed')
    const seen = await watch(visit, { url, body: '{}', by: 'This browser' })
    await seen.until('Failed')
    await eventually(async () => expect(await seen.facts()).toMatchObject({ code: 'connection_failed' }))
    const ending = await seen.ending()
    expect(ending).toContain('CORS')
    expect(ending).toMatch(/a request from a server, or with curl, shows whether it is CORS/)
    await fill(seen, { url, by: 'The local server' })
    await seen.button('Watch').click()
    await seen.until('Whole')
    expect(await seen.text()).toBe(TEXT)
  })

  it('one that lets it is read by the browser itself', async ({ visit }) => {
    const seen = await watch(visit, { url: endpoints.at('/open'), body: '{}', by: 'This browser' })
    await seen.until('Whole')
    expect(await seen.text()).toBe(TEXT)
  })
})

describe.concurrent('what is typed', () => {
  it('arrives as it is, and its key is neither shown nor stored nor in the address', async ({ visit }) => {
    const key = 'sk-live-0123456789abcdef'
    const seen = await watch(visit, {
      url: `${endpoints.at('/closed')}?api_key=${key}`,
      headers: `Authorization: Bearer ${key}\nX-Own: yes`,
      body: '{"model":"m","stream":true}',
    })
    await seen.ended()
    const asked = endpoints.requests.filter(({ headers }) => headers['x-own'] === 'yes').at(-1)
    expect(asked?.headers.authorization).toBe(`Bearer ${key}`)
    expect(asked?.headers['content-type']).toBe('application/json')
    expect(JSON.parse(asked?.body ?? '')).toEqual({ model: 'm', stream: true })
    const { page } = seen
    expect(await seen.wire.innerText()).not.toContain('sk-live')
    expect(await seen.chat.innerText()).not.toContain('sk-live')
    expect(page.url()).not.toContain('sk-live')
    const stored = await page.evaluate(
      'JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])',
    )
    expect(stored).not.toContain('sk-live')
    await page.reload()
    await expect(page.getByRole('textbox', { name: 'URL', exact: true }).inputValue()).resolves.toBe('')
    expect(await seen.status()).toBeUndefined()
  })
})

describe.concurrent('a hostile server', () => {
  const PLACES = [
    ['in the words of the answer', '/hostile-words', 'Whole'],
    ['in an error inside the stream', '/hostile-error', 'Failed'],
    ['in an error instead of a stream', '/hostile-refusal', 'Failed'],
    ['in the content type, and in a web page', '/hostile-type', 'Failed'],
    ['in an event ID, and in a comment', '/hostile-ids', 'Failed'],
  ] as const
  it.for(PLACES)('%s is text and nothing but text', async ([_, path, state], { visit }) => {
    const seen = await watch(visit, { url: endpoints.at(path), body: '{}' })
    const { page } = seen
    await seen.until(state)
    // Lines are shortened in the middle otherwise.
    await page.getByRole('checkbox', { name: 'Whole lines' }).check()
    await eventually(async () => expect(await seen.wire.innerText()).toMatch(/<(?:img|script>)/))
    expect(await page.evaluate('globalThis.rxSseTestOwned ?? null')).toBeNull()
    expect(
      await page.evaluate(`document.querySelectorAll('main img, main script, main b.x, main iframe').length`),
    ).toBe(0)
    expect(await page.title()).not.toContain('owned')
    // A terminal's escapes, and what turns the direction of writing, are made visible or left out in all but the answer.
    const shown = `${await seen.wire.innerText()}${path === '/hostile-words' ? '' : await seen.chat.innerText()}`
    expect(JSON.stringify(shown.match(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g))).toBe('null')
    if (path === '/hostile-words') expect(await seen.text()).toContain('<b>bold</b> and more')
    expect(HOSTILE).toContain('rxSseTestOwned')
  })
})

describe.concurrent('saved as a fixture', () => {
  const CASES = [
    ['a whole stream', '/closed', 'Whole'],
    ['one that was cut', '/cut', 'Failed'],
    ['one that ended with an error', '/hostile-error', 'Failed'],
  ] as const
  it.for(CASES)(
    '%s is two files that pass the check of the fixtures',
    async ([_, path, state], { visit }) => {
      const seen = await watch(visit, { url: endpoints.at(path), body: '{}' })
      await seen.until(state)
      const downloads: Download[] = []
      seen.page.on('download', (download) => downloads.push(download))
      await seen.button('Save as fixture').click()
      await eventually(async () => expect(downloads).toHaveLength(2))
      const files = new Map<string, Buffer>()
      for (const download of downloads)
        files.set(download.suggestedFilename(), await readFile(await download.path()))
      expect([...files.keys()].sort()).toEqual(['my-stream.json', 'my-stream.sse'])
      const bytes = files.get('my-stream.sse') as Buffer
      const fixture = savedFixture('openai-chat', 'my-stream', bytes, String(files.get('my-stream.json')))
      expect(bytes.toString()).toMatch(/^data: \{/)
      expect(fixture.values.length).toBeGreaterThan(0)
      expectFixture(fixture)
    },
  )

  it.for(chatDialects.map(({ value }) => value))(
    'the embedded gateway on the wire %s, cut and resumed: each response',
    async (dialect, { visit }) => {
      const seen = await visit(
        `length=short&at=5&rate=80&thinks=0&death=cut-in-event&dialect=${dialect}&strategy=replay&ids=false`,
      )
      await seen.start()
      await seen.ended(true)
      const downloads: Download[] = []
      seen.page.on('download', (download) => downloads.push(download))
      await seen.button('Save as fixture').click()
      await eventually(async () => expect(downloads).toHaveLength(4))
      const files = new Map<string, Buffer>()
      for (const download of downloads)
        files.set(download.suggestedFilename(), await readFile(await download.path()))
      for (const name of ['my-stream', 'my-stream.2']) {
        const fixture = savedFixture(
          dialect,
          name,
          files.get(`${name}.sse`) as Buffer,
          String(files.get(`${name}.json`)),
        )
        expectFixture(fixture)
      }
    },
  )
})
