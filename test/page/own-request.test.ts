import { describe, expect, it } from 'vitest'
import { checkUrl, parseOwnRequest } from '../../page/src/wire/own-request.ts'
import type { OwnForm } from '../../page/src/wire/types.ts'

const FORM: OwnForm = {
  url: 'https://gateway.example/v1/chat/completions',
  method: 'POST',
  headers: 'Authorization: Bearer abc\n\nX-Name:  value ',
  body: '{"stream":true}',
  dialect: 'openai-chat',
  face: 'node',
  strategy: 'auto',
  retries: '3',
}

describe('a request of a person’s own', () => {
  it('is read from the form', () => {
    const request = parseOwnRequest(FORM)
    expect(request).toMatchObject({
      method: 'POST',
      headers: [
        ['Authorization', 'Bearer abc'],
        ['X-Name', 'value'],
        ['content-type', 'application/json'],
      ],
      body: '{"stream":true}',
    })
  })

  it.each([
    ['', 'There is no URL yet.', /Paste/],
    ['gateway.example/v1', 'The URL has no scheme.', /https:\/\//],
    ['localhost:8080/v1', 'The URL has no scheme.', /http:\/\/\./],
    ['ftp://host/', 'Event streams come over HTTP, not ftp://.', /http/],
    ['http://', 'This is not a URL: its host or its port is not valid.', /Correct/],
    ['http://host:99999/', 'This is not a URL: its host or its port is not valid.', /Correct/],
    ['hello there', 'This is not a URL.', /begins with/],
    ['word', 'This is not a URL.', /begins with/],
    ['https://host/#part', 'The part behind # is never sent to a server.', /Leave/],
  ])('is told what is wrong with the URL %j', (url, what, doThis) => {
    expect(checkUrl(url)).toEqual({ field: 'url', what, doThis: expect.stringMatching(doThis) })
  })

  it.each(['http://localhost:8080/x', ' https://host/path?q=1 ', 'http://[::1]:80/'])(
    'has nothing against %j',
    (url) => {
      expect(checkUrl(url)).toBeUndefined()
    },
  )

  it.each<[Partial<OwnForm>, string, string]>([
    [{ headers: 'sk-secret-key' }, 'headers', 'Line 1 is not a header.'],
    [{ headers: 'a: b\nBearer sk secret: x' }, 'headers', 'Line 2 is not a header.'],
    [
      { headers: 'Authorization: Bearer “abc”' },
      'headers',
      'The value of Authorization has a character that a header cannot carry.',
    ],
    [{ method: 'GET' }, 'body', 'A GET has no body.'],
    [{ body: '{"a":' }, 'body', 'The body is no JSON: '],
  ])('is told what is wrong with %j, but no secret', (change, field, what) => {
    const problem = parseOwnRequest({ ...FORM, ...change })
    expect(problem).toMatchObject({ field, what: expect.stringContaining(what) })
    expect(JSON.stringify(problem)).not.toMatch(/secret|abc/)
  })
})
