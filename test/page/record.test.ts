import { describe, expect, it } from 'vitest'
import { createRecord, type WritableRecord } from '../../page/src/wire/record.ts'
import { emptyTimeline, MAX_ATTEMPTS, MAX_BEATS, timelineAfter } from '../../page/src/wire/timeline.ts'
import { tracingTransport } from '../../page/src/wire/trace.ts'
import type { TraceEntry } from '../../page/src/wire/types.ts'
import { createWireLog, MAX_LINES } from '../../page/src/wire/wire-log.ts'
import type { Transport, TransportRequest, TransportSink } from '../../src/index.ts'

const utf8 = new TextEncoder()
const chunk = (text: string, at = 2): TraceEntry => ({ at, type: 'chunk', bytes: utf8.encode(text) })
const REQUEST: TraceEntry = {
  at: 0,
  type: 'request',
  request: { method: 'GET', url: 'http://x/', headers: [['last-event-id', '7']], bodyBytes: 0 },
}
const HEAD: TraceEntry = { at: 1, type: 'head', status: 200, contentType: 'text/event-stream', ok: true }

describe('the wire’s log', () => {
  it('shows lines as they were, whatever pieces they came in', () => {
    const log = createWireLog()
    log.take(chunk(': ping\r\nid: 1\nda', 1), 1)
    log.take(chunk('ta: –\n\n<html>', 2), 1)
    log.take({ at: 3, type: 'end' }, 1)
    const lines = log.slice(0, log.end)
    expect(lines.map(({ kind, text, bytes, at }) => [kind, text, bytes, at])).toEqual([
      ['comment', ': ping', 8, 1],
      ['id', 'id: 1', 6, 1],
      ['data', 'data: –', 10, 1],
      ['blank', '', 1, 2],
      ['unfinished', '<html>', 6, 2],
      ['end', 'the body ended as its framing says it should', 0, 3],
    ])
    expect(log.slice(2, 3)[0]).toBe(lines[2])
  })

  it('names the request by its cursor, and shows no control character', () => {
    const log = createWireLog()
    log.take(REQUEST, 1)
    log.take(chunk('data: \u001b[31m\u202e\nname\n'), 1)
    expect(log.slice(0, 9).map(({ text, kind }) => [kind, text])).toEqual([
      ['request', 'GET http://x/, Last-Event-ID: 7'],
      ['data', expect.not.stringMatching(/[\u001b\u202e]/)],
      ['foreign', 'name'],
    ])
  })

  it('forgets the oldest lines and the rest of long ones', () => {
    const log = createWireLog()
    for (let count = 0; count < MAX_LINES + 10; count++) log.take(chunk(`data: ${count}\n`), 1)
    expect([log.first, log.end]).toEqual([10, MAX_LINES + 10])
    expect(log.slice(0, 11).map(({ text, number }) => [number, text])).toEqual([[10, 'data: 10']])
    log.take(chunk('x'.repeat(100_000)), 1)
    log.take(chunk(`${'x'.repeat(100_000)}\n`), 1)
    expect(log.slice(log.end - 1, log.end)[0]).toMatchObject({ bytes: 200_001, text: `${'x'.repeat(400)}…` })
  })
})

describe('the timeline', () => {
  it('keeps attempts and beats within bounds, and counts what it forgets', () => {
    let timeline = emptyTimeline
    for (let count = 0; count < MAX_ATTEMPTS + 5; count++) {
      timeline = timelineAfter(timeline, { from: 'wire', entry: REQUEST })
    }
    expect([timeline.attempts.length, timeline.dropped, timeline.attempts.at(-1)?.number]).toEqual([
      MAX_ATTEMPTS,
      5,
      MAX_ATTEMPTS + 5,
    ])
    for (let at = 0; at < 60_000; at += 12) {
      timeline = timelineAfter(timeline, { from: 'wire', entry: chunk('data: x\n\n', at) })
    }
    const attempt = timeline.attempts.at(-1)
    expect(attempt?.beats.length).toBeLessThanOrEqual(MAX_BEATS)
    expect(attempt?.beats.length).toBeGreaterThan(MAX_BEATS / 4)
    expect(attempt?.beats.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(attempt?.bytes)
  })

  it('is pure: what was before stays as it was', () => {
    const before = timelineAfter(emptyTimeline, { from: 'wire', entry: REQUEST })
    const copy = structuredClone(before)
    timelineAfter(before, { from: 'wire', entry: chunk('data: x\n\n') })
    timelineAfter(before, { from: 'library', at: 5, ending: 'stopped' })
    expect(before).toEqual(copy)
  })
})

describe('the record', () => {
  const record = (): WritableRecord =>
    createRecord({ dialect: 'openai-chat', source: 'test', now: () => 0, epoch: 1_000 })

  it('tells of a change once until somebody looks', () => {
    const one = record()
    let told = 0
    one.subscribe(() => told++)
    one.trace(REQUEST)
    expect(told).toBe(0)
    const before = one.snapshot()
    expect(one.snapshot()).toBe(before)
    one.trace(HEAD)
    one.trace(chunk('data: x\n'))
    expect(told).toBe(1)
    expect(one.snapshot()).not.toBe(before)
    expect(before.log.end).toBe(1)
    expect(one.snapshot().log.end).toBe(3)
  })

  it('makes fixtures of what came, with what comes of it', async () => {
    const one = record()
    const value = { choices: [{ index: 0, delta: { content: 'é' }, finish_reason: 'stop' }] }
    const body = `retry: 700\nid: 1\ndata: ${JSON.stringify(value)}\n\n`
    for (const end of [
      '',
      'data: [DONE]\n\n: not read\n',
      'data: {"error":{"code":"model_overloaded","message":"m"}}\n\n',
    ]) {
      one.trace(REQUEST)
      one.trace(HEAD)
      one.trace(chunk(body))
      if (end !== '') one.trace(chunk(end))
    }
    one.trace(REQUEST)
    one.trace({ ...HEAD, status: 503, ok: false } as TraceEntry)
    one.trace(chunk('{}'))
    const files = await one.fixtures('mine')
    expect(files.map(({ name, cut }) => [name, cut])).toEqual([
      ['mine', false],
      ['mine.2', false],
      ['mine.3', false],
    ])
    const [cut, whole, failed] = files.map(({ json }) => JSON.parse(json))
    expect(new TextDecoder().decode(files[0]?.sse)).toBe(body)
    expect(cut).toMatchObject({
      source: 'recorded: test',
      values: [value],
      lastEventId: '1',
      retry: 700,
      outcome: { kind: 'stream_terminated', reason: 'clean_end' },
    })
    expect(cut.end).toBeUndefined()
    expect(whole).toMatchObject({ values: [value], outcome: 'complete', end: 'data: [DONE]' })
    expect(failed).toMatchObject({ outcome: { kind: 'stream_error', code: 'model_overloaded' } })
    expect(failed.end).toContain('data: {"error"')
  })
})

describe('the tracing transport', () => {
  it('passes everything on, and notes neither secrets nor what comes after the end', () => {
    const entries: TraceEntry[] = []
    const calls: string[] = []
    let inside: TransportSink | undefined
    const inner: Transport = {
      name: 'inner',
      send(_, sink) {
        inside = sink
        const call = (name: string) => () => void calls.push(name)
        return {
          pause: call('pause'),
          resume: call('resume'),
          abort: call('abort'),
          release: call('release'),
        }
      },
    }
    const request: TransportRequest = {
      method: 'POST',
      url: new URL('http://host/path?key=secret'),
      headers: new Map([
        ['authorization', 'Bearer secret'],
        ['accept', 'text/event-stream'],
      ]),
      body: 'secret é',
      sensitiveHeaders: [],
    }
    const heard: string[] = []
    const hear = (name: string) => () => void heard.push(name)
    const sink = {
      onConnected: hear('connected'),
      onConnecting: hear('connecting'),
      onHead: hear('head'),
      onReceived: hear('received'),
      onChunk: hear('chunk'),
      onEnd: hear('end'),
      onFailure: hear('failure'),
    }
    const exchange = tracingTransport(
      inner,
      (entry) => entries.push(entry),
      () => 5,
    ).send(request, sink)
    const piece = utf8.encode('abc')
    inside?.onConnecting?.()
    inside?.onConnected()
    inside?.onHead({ status: 404, header: (name) => (name === 'content-type' ? 'text/html' : undefined) })
    inside?.onReceived?.()
    inside?.onChunk(piece)
    piece.fill(0)
    exchange.pause()
    exchange.resume()
    inside?.onEnd()
    exchange.abort()
    expect(heard).toEqual(['connecting', 'connected', 'head', 'received', 'chunk', 'end'])
    expect(calls).toEqual(['pause', 'resume', 'abort'])
    expect(entries).toEqual([
      {
        at: 5,
        type: 'request',
        request: {
          method: 'POST',
          url: 'http://host/path?…',
          headers: [
            ['authorization', '•••'],
            ['accept', 'text/event-stream'],
          ],
          bodyBytes: 9,
        },
      },
      { at: 5, type: 'connecting' },
      { at: 5, type: 'connected' },
      { at: 5, type: 'head', status: 404, contentType: 'text/html', ok: false },
      { at: 5, type: 'chunk', bytes: utf8.encode('abc') },
      { at: 5, type: 'end' },
    ])
    expect(JSON.stringify(entries)).not.toContain('secret')
  })
})
