import { createServer } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import {
  assertScenario,
  canServe,
  type FaultServerOptions,
  type Scenario,
  type ScenarioName,
  scenarioCatalog,
  scenarios,
  startFaultServer,
} from '../../src/testing/index.ts'
import { rawRequest } from './raw-client.ts'
import { one, start, WIRES } from './wire.ts'

const after = { events: 1 }
const fault = (fault: unknown): unknown => ({ answers: [{}, { fault }] })
const answer = (answer: unknown): unknown => ({ answers: [answer] })

describe('an option is refused by its name', () => {
  it.each<[unknown, string]>([
    [null, 'options: null is not an object'],
    [3, 'options: 3 is not an object'],
    [{ protocol: 'h3' }, 'options.protocol: "h3" is no protocol; there are http/1.1, h2'],
    [{ protocol: 2 }, 'options.protocol: 2 is no protocol; there are http/1.1, h2'],
    [{ tls: 'yes' }, 'options.tls: "yes" is not an object'],
    [{ tls: null }, 'options.tls: null is not an object'],
    [{ tls: {} }, 'options.tls.key: is missing'],
    [{ tls: { key: 'x' } }, 'options.tls.cert: is missing'],
    [{ tls: { key: 1, cert: 'x' } }, 'options.tls.key: 1 is not a text'],
    [{ tls: { key: 'x', cert: 'x', ca: 'x' } }, 'options.tls.ca: there is no such key; there are key, cert'],
    [{ port: -1 }, 'options.port: -1 is not a whole number from 0 to 65535'],
    [{ port: 65_536 }, 'options.port: 65536 is not a whole number from 0 to 65535'],
    [{ port: '80' }, 'options.port: "80" is not a whole number from 0 to 65535'],
    [{ cors: '*' }, 'options.cors: "*" is neither true nor false'],
    [{ baseDirectory: 1 }, 'options.baseDirectory: 1 is not a text'],
    [{ h2: true }, 'options.h2: there is no such key; there are protocol, tls, port, cors, baseDirectory'],
  ])('%j', async (options, message) => {
    await expect(startFaultServer({}, options as FaultServerOptions)).rejects.toThrow(new TypeError(message))
  })

  it('undefined stands for the default', async () => {
    const options = { protocol: undefined, tls: undefined, port: undefined, cors: undefined }
    const server = await start({}, options as unknown as FaultServerOptions)
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    expect(server.certificate).toBeUndefined()
    expect((await rawRequest(server.url)).status).toBe(200)
  })
})

describe('port', () => {
  it('is the one that was asked for', async () => {
    const first = await startFaultServer()
    const port = Number(new URL(first.url).port)
    await first.close()
    const second = await start({}, { port })
    expect(new URL(second.url).port).toBe(String(port))
    expect((await rawRequest(second.url)).status).toBe(200)
  })

  it.each(Object.keys(WIRES) as (keyof typeof WIRES)[])(
    'that is taken is told with its number, %s',
    async (wire) => {
      const server = createServer()
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      onTestFinished(() => {
        server.close()
      })
      const { port } = server.address() as { port: number }
      await expect(startFaultServer({}, { ...WIRES[wire], port })).rejects.toMatchObject({
        code: 'EADDRINUSE',
        message: expect.stringContaining(`127.0.0.1:${port}`),
      })
    },
  )
})

describe('the new keys of a scenario are refused with the place', () => {
  it.each<[unknown, string]>([
    [{ cycle: 1 }, 'scenario.cycle: 1 is neither true nor false'],
    [{ events: [{}] }, 'scenario.events[0].data: is missing'],
    [{ events: [{ data: 'x', retry: -1 }] }, 'scenario.events[0].retry: -1 is not a whole number from 0 up'],
    [
      { events: [{ data: 'x', retry: '5' }] },
      'scenario.events[0].retry: "5" is not a whole number from 0 up',
    ],
    [{ events: [{ retry: 5 }] }, 'scenario.events[0].data: is missing'],
    [{ events: ['a', { comment: 1 }] }, 'scenario.events[1].comment: 1 is not a text'],
    [
      { events: [{ comment: 'x', data: 'y' }] },
      'scenario.events[0].data: there is no such key; there are comment',
    ],
    [{ fixture: 1 }, 'scenario.fixture: 1 is neither a text nor an object with a file'],
    [{ fixture: {} }, 'scenario.fixture.file: is missing'],
    [{ fixture: { file: 1 } }, 'scenario.fixture.file: 1 is not a text'],
    [{ fixture: { file: 'x', as: 'y' } }, 'scenario.fixture.as: there is no such key; there are file'],
    [
      answer({ fixture: ['x'] }),
      'scenario.answers[0].fixture: an array is neither a text nor an object with a file',
    ],
    [answer({ writeSize: [] }), 'scenario.answers[0].writeSize: an empty array says nothing: leave it out'],
    [answer({ writeSize: [3, 0] }), 'scenario.answers[0].writeSize[1]: 0 is not a whole number from 1 up'],
    [answer({ writeSize: 'all' }), 'scenario.answers[0].writeSize: "all" is not a whole number from 1 up'],
    [
      fault({ type: 'stream-reset', after, code: 'OOPS' }),
      'scenario.answers[1].fault.code: "OOPS" is no error code of HTTP/2; there are NO_ERROR, PROTOCOL_ERROR, INTERNAL_ERROR, FLOW_CONTROL_ERROR, SETTINGS_TIMEOUT, STREAM_CLOSED, FRAME_SIZE_ERROR, REFUSED_STREAM, CANCEL, COMPRESSION_ERROR, CONNECT_ERROR, ENHANCE_YOUR_CALM, INADEQUATE_SECURITY, HTTP_1_1_REQUIRED',
    ],
    [
      fault({ type: 'stream-reset', after, code: 2 ** 32 }),
      'scenario.answers[1].fault.code: 4294967296 is not a whole number from 0 to 4294967295',
    ],
    [
      fault({ type: 'goaway', after, lastStream: 3 }),
      'scenario.answers[1].fault.lastStream: 3 is no last stream; there are this, before',
    ],
    [
      fault({ type: 'goaway', after: 'request', goOn: true }),
      'scenario.answers[1].fault.goOn: there is nothing to go on with after "request"',
    ],
    [
      fault({ type: 'goaway', after: 'head' }),
      'scenario.answers[1].fault.after: "head" is neither a place in the body, such as { "events": 5 }, nor "request"',
    ],
    [
      fault({ type: 'no-close-notify', after, code: 1 }),
      'scenario.answers[1].fault.code: there is no such key; there are type, after',
    ],
    [fault({ type: 'repeat', after: { bytes: 3 } }), 'scenario.answers[1].fault.after.events: is missing'],
    [
      fault({ type: 'repeat', after: 'request' }),
      'scenario.answers[1].fault.after: "request" is a place for fin, rst, no-close-notify, stall, stream-reset, goaway; here it is one in the body, such as { "events": 5 }',
    ],
    [
      fault({ type: 'skip', after, count: 0 }),
      'scenario.answers[1].fault.count: 0 is not a whole number from 1 up',
    ],
    [
      fault({ type: 'in-band-error', after, shape: 'soap' }),
      'scenario.answers[1].fault.shape: "soap" is no shape of an error; there are envelope, text, typed-text, object, flat, typed, error-text, response-failed, run-error, event-type, x-groq, finish-reason, plain, field',
    ],
  ])('%j', (scenario, message) => {
    expect(() => assertScenario(scenario)).toThrow(new TypeError(message))
  })
})

describe('a fault that the wire cannot have', () => {
  const h1 = [{}, { tls: true }, { protocol: 'http/1.1' }] as const
  const h2 = [{ protocol: 'h2' }, { protocol: 'h2', tls: true }] as const
  const plain = [{}, { protocol: 'h2' }, { tls: false }] as const
  it.each<[string, readonly FaultServerOptions[], readonly FaultServerOptions[], string]>([
    ['stream-reset', h1, h2, '"stream-reset" needs HTTP/2'],
    ['goaway', h1, h2, '"goaway" needs HTTP/2'],
    ['bad-chunk-size', h2, h1, '"bad-chunk-size" needs HTTP/1.1'],
    ['no-close-notify', plain, [{ tls: true }, { tls: true, protocol: 'h2' }], '"no-close-notify" needs TLS'],
  ])('%s is refused at the start and by use(), and canServe tells', async (type, without, withIt, why) => {
    const scenario = fault({ type, after }) as Scenario
    const message = `scenario.answers[1].fault.type: ${why}`
    for (const options of without) {
      expect(canServe(scenario, options)).toBe(false)
      await expect(startFaultServer(scenario, options)).rejects.toThrow(new TypeError(message))
      const server = await start({ answers: [{ status: 418 }] }, options)
      expect(() => server.use(scenario)).toThrow(new TypeError(message))
      if (options.protocol !== 'h2' && options.tls !== true) {
        expect((await rawRequest(server.url)).status).toBe(418)
      }
    }
    for (const options of withIt) {
      expect(canServe(scenario, options)).toBe(true)
      await start(scenario, options)
    }
  })

  it('canServe says that of scenarios alone: what is none throws', () => {
    expect(() => canServe({ answers: 3 } as unknown as Scenario)).toThrow(
      'scenario.answers: 3 is not an array',
    )
  })

  it('every ready-made scenario can be served on some wire, and a plain one on each', () => {
    const servable = (name: ScenarioName): string[] =>
      Object.entries(WIRES).flatMap(([wire, options]) => (canServe(scenarios[name], options) ? [wire] : []))
    const names = Object.keys(scenarios) as ScenarioName[]
    expect(names.filter((name) => servable(name).length === 0)).toEqual([])
    expect(servable('whole')).toEqual(['http', 'https', 'h2c', 'h2'])
    expect(servable('bad-chunk-size')).toEqual(['http', 'https'])
    expect(servable('h2-goaway')).toEqual(['h2c', 'h2'])
    expect(servable('tls-no-close-notify')).toEqual(['https', 'h2'])
  })

  it('the catalog names each scenario once, in words', () => {
    expect(scenarioCatalog.map(({ name }) => name)).toEqual(Object.keys(scenarios))
    expect(new Set(scenarioCatalog.map(({ about }) => about)).size).toBe(scenarioCatalog.length)
    for (const { about, group } of scenarioCatalog) {
      expect(about).toMatch(/^\S.*[^.\s]$/)
      expect(group).not.toBe('')
    }
  })
})

it('a scenario may be used on another wire than the one it was made for', async () => {
  const scenario = one({ fault: { type: 'clean-end', after } })
  expect(Object.values(WIRES).map((options) => canServe(scenario, options))).toEqual(Array(4).fill(true))
})
