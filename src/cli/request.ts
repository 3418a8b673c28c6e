import { TOKEN, utf8Bytes } from '../transport/headers.ts'
import type { FileReader } from './files.ts'
import type { GivenOptions } from './options.ts'
import { UsageError } from './usage.ts'

/** The request that the options describe. */
export interface RequestOptions {
  readonly method: string | undefined
  readonly headers: readonly (readonly [string, string])[]
  readonly body: string | Uint8Array | undefined
}

/** What the connection and the length of the body say by themselves [rfc9110 section 7.6.1]. */
const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'content-length',
  'expect',
  'keep-alive',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/** `Name: value`. Wrong ones are told apart by their place: what is no header may well be a key. */
function parseHeader(line: string, where: string): [string, string] {
  const colon = line.indexOf(':')
  const name = line.slice(0, colon).trim()
  if (colon < 1 || !TOKEN.test(name)) {
    throw new UsageError(
      `${where} is not a header: 'Name: value' is expected (what was given is not shown, it may be a secret).`,
    )
  }
  if (OF_THE_CONNECTION.has(name.toLowerCase())) {
    throw new UsageError(`${where}: the header ${name} cannot be given, it belongs to the connection.`)
  }
  const value = line.slice(colon + 1).trim()
  if (value === '') throw new UsageError(`${where} gives the header ${name} no value.`)
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
    throw new UsageError(`${where} gives the header ${name} a control character, which cannot be sent.`)
  }
  return [name.toLowerCase(), utf8Bytes(value)]
}

async function readHeaders(options: GivenOptions, files: FileReader): Promise<[string, string][]> {
  const headers: [string, string][] = []
  for (const [index, { value }] of options.all('header').entries()) {
    const where = `-H number ${index + 1}`
    if (!value.startsWith('@')) {
      headers.push(parseHeader(value, where))
      continue
    }
    const lines = (await files.read(value.slice(1), '-H')).toString('utf8').split(/\r?\n/)
    for (const [line, text] of lines.entries()) {
      if (text.trim() !== '') headers.push(parseHeader(text, `${where}, line ${line + 1} of the file,`))
    }
  }
  const cookie = options.value('cookie')
  if (cookie !== undefined) headers.push(parseHeader(`cookie:${cookie}`, '-b'))
  const user = options.value('user')
  if (user?.includes(':') === false) {
    throw new UsageError('-u needs USER:PASSWORD, with a colon (what was given is not shown).')
  }
  if (user !== undefined) headers.push(['authorization', `Basic ${btoa(utf8Bytes(user))}`])
  return headers
}

async function readBody(options: GivenOptions, files: FileReader): Promise<Buffer | undefined> {
  const given = options.all('data', 'data-raw', 'data-binary')
  if (given.length === 0) return undefined
  const parts: Buffer[] = []
  for (const { name, value } of given) {
    if (parts.length > 0) parts.push(Buffer.from('&'))
    parts.push(
      name !== 'data-raw' && value.startsWith('@')
        ? await files.read(value.slice(1), '-d')
        : Buffer.from(value),
    )
  }
  return Buffer.concat(parts)
}

function isJson(body: Buffer): boolean {
  try {
    JSON.parse(body.toString('utf8'))
    return true
  } catch {
    return false
  }
}

export async function readRequest(
  options: GivenOptions,
  files: FileReader,
  version: string,
): Promise<RequestOptions> {
  const headers = await readHeaders(options, files)
  const body = await readBody(options, files)
  const names = new Set(headers.map(([name]) => name))
  const add = (name: string, value: string): void => {
    if (!names.has(name)) headers.push([name, value])
  }
  add('user-agent', `rx-sse/${version}`)
  if (options.has('compressed')) add('accept-encoding', 'gzip, br, zstd')
  if (body !== undefined) {
    add('content-type', isJson(body) ? 'application/json' : 'application/x-www-form-urlencoded')
  }
  return { method: options.value('request'), headers, body }
}
