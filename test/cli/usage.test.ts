import { describe, expect, it } from 'vitest'
import { OPTIONS } from '../../src/cli/options.ts'
import { call } from './command.ts'

const SECRET = 'sk-live-51aF9c0d'

const WRONG: readonly (readonly [string, readonly string[], RegExp])[] = [
  ['no URL', [], /no URL given; try: rx-sse https:/],
  [
    'no scheme',
    [`user:${SECRET}@api.example.com/v1?key=${SECRET}`],
    /did you mean https:\/\/api\.example\.com\/v1\?… \?/,
  ],
  ['no scheme, this machine', ['localhost:3000/x'], /did you mean http:\/\/localhost:3000\/x \?/],
  ['another scheme', [`ftp://${SECRET}@host/`], /must begin with http:\/\/ or https:\/\/, not ftp:/],
  ['a URL that is none', [`http://user:${SECRET}@ho st/`], /the URL is not valid/],
  ['a command misspelt', ['dmeo'], /did you mean rx-sse demo\?/],
  ['an option misspelt', ['--retires', '3', 'http://x/'], /unknown option --retires; did you mean --retry\?/],
  ['an unknown option with a value', [`--token=${SECRET}`, 'http://x/'], /unknown option --token;/],
  ['an option of curl', ['-k', 'http://x/'], /NODE_EXTRA_CA_CERTS/],
  ['a value missing', ['http://x/', '--retry'], /--retry needs a value: --retry N/],
  ['a value too much', ['http://x/', `--silent=${SECRET}`], /-s\/--silent takes no value/],
  ['a number that is none', ['http://x/', '--retry', 'often'], /--retry takes a whole number/],
  ['a duration that is none', ['http://x/', '--idle', '30s'], /--idle takes seconds, such as 30 or 0.5/],
  [
    'a header without a colon',
    ['http://x/', '-H', `Authorization Bearer ${SECRET}`],
    /-H number 1 is not a header/,
  ],
  ['a header name with a space', ['http://x/', '-H', `Bearer ${SECRET}: x`], /-H number 1 is not a header/],
  ['a header with a control character', ['http://x/', '-H', `X-Key: ${SECRET}\u0007`], /control character/],
  ['a header without -H', ['http://x/', `Authorization: Bearer ${SECRET}`], /a header needs -H before it/],
  ["curl's --json", ['--json', `{"key":"${SECRET}"}`, 'http://x/'], /a body needs -d before it/],
  [
    'a body that is not there',
    ['http://x/', '-d', '@/no/such/file'],
    /-d cannot read "\/no\/such\/file": there is no such file/,
  ],
  ['a recording that is not there', ['--replay', '/no/such/file'], /--replay cannot read/],
  [
    'a recording that cannot be written',
    ['http://x/', '--record', '/no/such/dir/file'],
    /its directory does not exist/,
  ],
  ['a recording and a URL', ['http://x/', '--replay', 'x.sse'], /a URL or --replay FILE, not both/],
  ['a recording and a header', ['--replay', 'x.sse', '-H', 'a: b'], /--header describes a request/],
  ['stdin twice', ['http://x/', '-H', '@-', '-d', '@-'], /stdin can be read once/],
  ['a dialect misspelt', ['http://x/', '--dialect', 'openai'], /did you mean openai-chat\?/],
  ['text of unknown events', ['http://x/v1/messages', '--text'], /add --dialect anthropic-messages/],
  ['text and JSON', ['http://x/', '--text', '--json', '--dialect', 'openai-chat'], /two forms of output/],
  ['a method without a body to stream', ['http://x/', '-X', 'HEAD'], /-X\/--request must be one/],
  [
    'two ways to go on',
    ['http://x/', '--resume-by-replay', '--no-resume'],
    /--resume-by-replay and --no-resume contradict each other/,
  ],
  [
    'a feed again from its start',
    ['http://x/', '--resume-by-replay', '--dialect', 'event-source'],
    /--resume-by-replay needs a stream with an end/,
  ],
  [
    'a recording without a name to replay',
    ['http://x/', '--replay'],
    /--replay needs a value: --replay FILE/,
  ],
  ['a cursor with a line break', ['http://x/', '--resume-from', 'a\nb'], /--resume-from must be text/],
  ['an argument for the demo', ['demo', 'fast'], /demo takes no arguments/],
  ['an option for the demo', ['demo', '-v'], /demo takes no options: rx-sse demo\n/],
  ['an option before the demo', ['-v', 'demo'], /demo takes no options: rx-sse demo\n/],
  ['a key alone', [SECRET], /the argument is not a URL/],
  ['a token alone', [`eyJhbGci.eyJzdWIi.${SECRET}_4x`], /the argument is not a URL/],
  ['a user without a password', ['http://x/', '-u', SECRET], /-u needs USER:PASSWORD/],
  [
    'a header of the connection',
    ['http://x/', '-H', 'Transfer-Encoding: chunked'],
    /-H number 1: the header Transfer-Encoding cannot/,
  ],
  ['the length of the body', ['http://x/', '-H', 'content-length: 3'], /the header content-length cannot/],
  ['a recording to stdout', ['http://x/', '--record', '-'], /--record writes to a file, not to stdout/],
  ['a recording without a name', ['http://x/', '--record', ''], /--record needs the name of a file/],
  ['a size of nothing', ['http://x/', '--max-event-size', '0'], /^rx-sse: --max-event-size must be/],
  ['an unknown option that steers a terminal', ['--\u001b[2J', 'http://x/'], /unknown option --\\x1b\[2J;/],
]

describe('wrong use', () => {
  it.each(WRONG)('gets one line that says what to do: %s', async (_, args, line) => {
    const { code, stdout, stderr } = await call(args)
    expect(stderr).toMatch(line)
    expect(stderr).toMatch(/^rx-sse: [^\n]+\n$/)
    expect(stderr).not.toContain(SECRET)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
  })
})

describe('the help', () => {
  it('names every option and every exit code, and fits into 100 columns', async () => {
    const { code, stdout } = await call(['--help'])
    expect(code).toBe(0)
    for (const name of Object.keys(OPTIONS)) {
      const { short, group } = OPTIONS[name as keyof typeof OPTIONS] as { short?: string; group: string }
      expect(stdout).toContain(group === 'curl' && short !== undefined ? `-${short}` : `--${name}`)
    }
    for (const exit of [
      '0  complete',
      '2  usage',
      '3  request_failed',
      '4  stream_error',
      '5  stream_terminated',
    ]) {
      expect(stdout).toContain(exit)
    }
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100)
  })

  it('is also a word, and so is the version', async () => {
    expect(await call(['help'])).toEqual(await call(['--help']))
    expect(await call(['version'])).toEqual(await call(['-V']))
  })

  it('knows its version', async () => {
    expect(await call(['-V'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^rx-sse \d+\.\d+\.\d+\n$/),
    })
  })
})
