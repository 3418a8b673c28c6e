import type { FormProblem, OwnForm, OwnRequest } from './types.ts'

/** [rfc9110 section 5.6.2] */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

const problem = (field: FormProblem['field'], what: string, doThis: string): FormProblem => ({
  field,
  what,
  doThis,
})

const isLocal = (host: string): boolean => /^(?:localhost|127\.|\[::1\]|10\.|192\.168\.)/.test(host)

/** What is wrong with a URL, in plain words; `undefined`: nothing. Does not ask the server. */
export function checkUrl(text: string): FormProblem | undefined {
  const typed = text.trim()
  if (typed === '')
    return problem('url', 'There is no URL yet.', 'Paste the address of a streaming endpoint.')
  const url = URL.parse(typed)
  if (url?.protocol === 'http:' || url?.protocol === 'https:') {
    return url.hash === ''
      ? undefined
      : problem('url', 'The part behind # is never sent to a server.', 'Leave it out.')
  }
  // `localhost:8080` parses as a scheme.
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(typed)?.[1]?.toLowerCase()
  if (scheme === 'http' || scheme === 'https') {
    return problem(
      'url',
      'This is not a URL: its host or its port is not valid.',
      'Correct what stands behind ://.',
    )
  }
  if (scheme !== undefined) {
    return problem(
      'url',
      `Event streams come over HTTP, not ${scheme}://.`,
      'Begin it with http:// or https://.',
    )
  }
  const guess = /\s/.test(typed) ? null : URL.parse(`http://${typed.replace(/^\/+/, '')}`)
  if (guess === null || !/\.|^localhost$|:/.test(guess.host)) {
    return problem(
      'url',
      'This is not a URL.',
      'It begins with http:// or https://, then the host and a path.',
    )
  }
  const start = isLocal(guess.host) ? 'http://' : 'https://'
  return problem('url', 'The URL has no scheme.', `Begin it with ${start}.`)
}

function parseHeaders(text: string): readonly (readonly [string, string])[] | FormProblem {
  const headers: [string, string][] = []
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).trim()
    // A line that is no header may be a key: it is not repeated.
    if (colon < 1 || !TOKEN.test(name)) {
      return problem('headers', `Line ${index + 1} is not a header.`, 'Write “Name: value”, one a line.')
    }
    const value = line.slice(colon + 1).trim()
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) {
      return problem(
        'headers',
        `The value of ${name} has a character that a header cannot carry.`,
        'Copy it again: a typographic quote or an ellipsis may have slipped in.',
      )
    }
    headers.push([name, value])
  }
  return headers
}

function checkBody({ body, method }: OwnForm, headers: OwnRequest['headers']): FormProblem | undefined {
  if (body.trim() === '') return undefined
  if (method === 'GET') return problem('body', 'A GET has no body.', 'Choose POST, or empty the body.')
  const type = headers.find(([name]) => name.toLowerCase() === 'content-type')?.[1] ?? 'application/json'
  if (!/json/i.test(type)) return undefined
  try {
    JSON.parse(body)
    return undefined
  } catch (error) {
    return problem(
      'body',
      `The body is no JSON: ${(error as Error).message}.`,
      'Correct it, or set another Content-Type.',
    )
  }
}

export const isFormProblem = (value: OwnRequest | FormProblem): value is FormProblem => 'what' in value

/** The request that a form describes, or what is wrong with the first field that is. Repeats no value of a header. */
export function parseOwnRequest(form: OwnForm): OwnRequest | FormProblem {
  const wrong = checkUrl(form.url)
  if (wrong !== undefined) return wrong
  const headers = parseHeaders(form.headers)
  if ('what' in headers) return headers
  const trouble = checkBody(form, headers)
  if (trouble !== undefined) return trouble
  const body = form.body.trim() === '' ? undefined : form.body
  const typed = headers.some(([name]) => name.toLowerCase() === 'content-type')
  return {
    url: new URL(form.url.trim()),
    method: form.method,
    headers: body === undefined || typed ? headers : [...headers, ['content-type', 'application/json']],
    body,
  }
}
