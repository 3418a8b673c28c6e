import { AsyncLocalStorage } from 'node:async_hooks'
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import * as conventions from '@opentelemetry/semantic-conventions/incubating'
import { firstValueFrom } from 'rxjs'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { traceEventStreams } from '../../examples/opentelemetry.ts'
import { type EventStreamConfig, fromEventStream, openaiChat } from '../../src/index.ts'
import { type FaultServer, startFaultServer } from '../../src/testing/index.ts'
import { collect } from '../collect.ts'
import { scenarioOf } from '../scenario-of.ts'

const exporter = new InMemorySpanExporter()
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] })
const tracer = provider.getTracer('test')
const model = new AsyncLocalStorage<string>()
const config = { body: { model: 'm' }, dialect: openaiChat(), retry: { delay: 1 } } as const

beforeAll(() => void context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()))
afterAll(async () => {
  context.disable()
  await provider.shutdown()
})

async function serving(words: string): Promise<FaultServer> {
  exporter.reset()
  const server = await startFaultServer(scenarioOf(words))
  onTestFinished(() => server.close())
  onTestFinished(
    traceEventStreams(tracer, () => {
      const name = model.getStore()
      return name === undefined ? {} : { 'gen_ai.request.model': name }
    }),
  )
  return server
}

/** The one span that there is. */
function onlySpan(): ReadableSpan {
  const [span, ...others] = exporter.getFinishedSpans()
  expect(others).toEqual([])
  return span as ReadableSpan
}

async function spanOf(words: string, more: EventStreamConfig<unknown> = {}): Promise<ReadableSpan> {
  const server = await serving(words)
  await collect(
    fromEventStream(`${server.url}/v1?key=secret`, { ...config, ...more, dialect: config.dialect }),
  )
  return onlySpan()
}

describe('the example for OpenTelemetry', () => {
  it('makes a span of a stream that is whole, with the time to its first chunk', async () => {
    const server = await serving('whole')
    await model.run('gpt-x', () => collect(fromEventStream(`${server.url}/v1?key=secret`, config)))
    const { name, kind, status, attributes, events } = onlySpan()
    expect({ name, kind, status }).toEqual({
      name: 'chat gpt-x',
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
    })
    expect(attributes).toEqual({
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(server.url).port),
      'url.full': `${server.url}/v1`,
      'http.request.method': 'POST',
      'http.response.status_code': 200,
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-x',
      'gen_ai.request.stream': true,
      'gen_ai.response.time_to_first_chunk': expect.any(Number),
      'rx_sse.outcome': 'complete',
      'rx_sse.attempts': 1,
      'rx_sse.events': 27,
    })
    expect(Object.keys(attributes)).toHaveLength(13)
    expect(attributes['gen_ai.response.time_to_first_chunk']).toBeLessThan(30)
    expect(events.map((event) => event.name)).toEqual(['rx_sse.open'])
  })

  it('tells each attempt of one that was resumed, with its count of events', async () => {
    const { attributes, events, status } = await spanOf('resume-after-fin')
    expect(attributes).toMatchObject({
      'rx_sse.attempts': 2,
      'rx_sse.events': 27,
      'rx_sse.outcome': 'complete',
    })
    expect(status.code).toBe(SpanStatusCode.UNSET)
    expect(events.map((event) => [event.name, event.attributes])).toEqual([
      ['rx_sse.open', { 'http.request.resend_count': 0, 'http.response.status_code': 200 }],
      [
        'rx_sse.retry',
        {
          'http.request.resend_count': 0,
          'rx_sse.events': 5,
          'error.type': 'stream_terminated',
          'rx_sse.delay': expect.any(Number),
        },
      ],
      ['rx_sse.open', { 'http.request.resend_count': 1, 'http.response.status_code': 200 }],
    ])
  })

  it('has the code of a failure as its type, and none of its words', async () => {
    const { name, attributes, events, status } = await spanOf('invalid-api-key')
    expect(name).toBe('chat')
    expect(status).toEqual({ code: SpanStatusCode.ERROR })
    expect(attributes).toMatchObject({ 'error.type': 'invalid_api_key', 'http.response.status_code': 401 })
    expect(attributes).not.toHaveProperty('gen_ai.response.time_to_first_chunk')
    expect(events).toEqual([])
  })

  it('takes an unsubscribe for no error', async () => {
    const server = await serving('stall')
    await firstValueFrom(fromEventStream(server.url, config))
    const { attributes, status } = onlySpan()
    expect(status.code).toBe(SpanStatusCode.UNSET)
    expect(attributes).toMatchObject({ 'rx_sse.outcome': 'unsubscribed' })
    expect(attributes).not.toHaveProperty('error.type')
  })

  it('puts it under the span that is active where the stream is subscribed', async () => {
    const server = await serving('resume-after-fin')
    const parent = tracer.startSpan('parent')
    await context.with(trace.setSpan(context.active(), parent), () =>
      collect(fromEventStream(server.url, config)),
    )
    const span = onlySpan()
    expect(span.parentSpanContext?.spanId).toBe(parent.spanContext().spanId)
    expect(span.spanContext().traceId).toBe(parent.spanContext().traceId)
    parent.end()
  })

  it('names a stream that is none of a model as HTTP does', async () => {
    const server = await serving('whole')
    await collect(fromEventStream(server.url))
    const { name, attributes } = onlySpan()
    expect(name).toBe('GET')
    expect(attributes['rx_sse.events']).toBe(27)
    expect(Object.keys(attributes).filter((key) => key.startsWith('gen_ai.'))).toEqual([])
  })

  it('stops', async () => {
    exporter.reset()
    const server = await startFaultServer(scenarioOf('whole'))
    onTestFinished(() => server.close())
    traceEventStreams(tracer)()
    await collect(fromEventStream(server.url))
    expect(exporter.getFinishedSpans()).toEqual([])
  })

  it('uses names that the conventions have, but for its own', async () => {
    const { attributes, events } = await spanOf('fin-before-token then invalid-api-key')
    const known = new Set<unknown>(Object.values(conventions))
    const used = [attributes, ...events.map((event) => event.attributes ?? {})].flatMap(Object.keys)
    for (const key of ['gen_ai.provider.name', 'http.request.resend_count', 'error.type'])
      expect(used).toContain(key)
    expect(used.filter((key) => !key.startsWith('rx_sse.') && !known.has(key))).toEqual([])
    expect(known).toContain(attributes['gen_ai.provider.name'])
    expect(known).toContain(attributes['gen_ai.operation.name'])
  })
})
